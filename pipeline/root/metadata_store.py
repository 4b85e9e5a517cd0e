"""The metadata of a root: opened for reading, and repaired after a killed run."""

import logging
from pathlib import Path

from ml_metadata import MetadataStore, errors
from ml_metadata.proto import metadata_store_pb2 as mlmd

from components.errors import InputError
from pipeline.layout import RootLayout

FINISHED = (mlmd.Execution.COMPLETE, mlmd.Execution.CACHED)
_UNFINISHED = (mlmd.Execution.NEW, mlmd.Execution.RUNNING)


def open_store(root: Path) -> MetadataStore:
    """Opens the metadata store of a root, read-only; a run may be writing to it.

    Args:
      root: the folder that runs share.

    Raises:
      InputError: if there is no store, or SQLite cannot read it.
    """
    layout = RootLayout(root)
    database = layout.metadata
    if not database.is_file():
        raise InputError(
            f"{database}: expected the metadata of a run; there is none. {layout.first_run_advice}"
        )
    config = mlmd.ConnectionConfig()
    config.sqlite.filename_uri = str(database)
    config.sqlite.connection_mode = mlmd.SqliteMetadataSourceConfig.READONLY
    try:
        store = MetadataStore(config)
        # A file that is not a database fails only at the first query.
        store.get_context_types()
    except (RuntimeError, errors.StatusError) as error:
        first, *_ = str(error).splitlines() or [type(error).__name__]
        raise InputError(
            f"{database}: expected the metadata of a run; SQLite cannot read the file: {first}. "
            f"{layout.first_run_advice}"
        ) from None
    return store


def cancel_unfinished(store: MetadataStore) -> None:
    """Marks executions that are still recorded as running as canceled.

    TFX records the end of an execution unless the process is stopped or killed. Call this only
    while no execution can be running: the lock on a root lets one run use its store.
    """
    executions = [
        execution
        for execution in store.get_executions()
        if execution.last_known_state in _UNFINISHED
    ]
    for execution in executions:
        logging.info("Execution %d did not finish; it is marked as canceled.", execution.id)
        execution.last_known_state = mlmd.Execution.CANCELED
    if executions:
        store.put_executions(executions)
