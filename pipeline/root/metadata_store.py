"""The metadata of a root: opened for reading, and repaired after a killed run."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ml_metadata import MetadataStore, errors
from ml_metadata.proto import metadata_store_pb2 as mlmd

from components.errors import InputError
from pipeline.layout import RootLayout
from pipeline.root.metadata_claim import Claim, read_claim
from pipeline.root.metadata_server import connect, server_config
from pipeline.settings.metadata import parse_metadata

FINISHED = (mlmd.Execution.COMPLETE, mlmd.Execution.CACHED)
_UNFINISHED = (mlmd.Execution.NEW, mlmd.Execution.RUNNING)


@dataclass(frozen=True)
class UnfinishedExecution:
    """An execution that is recorded as running.

    Attributes:
      component: the name of the component.
      number: the number of the execution, which its output folders have too.
    """

    component: str
    number: int


@dataclass(frozen=True)
class RootStore:
    """The records of one root in a metadata store, which other roots may share.

    Attributes:
      store: the store.
      place: the file or the URL of the store, for messages.
      key: ends the names of the root's pipelines and runs; empty if the store has no other root.
    """

    store: MetadataStore
    place: str
    key: str = ""

    def runs(self) -> list[mlmd.Context]:
        """Returns the runs of the root, newest first."""
        contexts = [
            context
            for context in self.store.get_contexts_by_type("pipeline_run")
            if context.name.endswith(_ending(self.key))
        ]
        contexts.sort(key=lambda context: (context.create_time_since_epoch, context.id))
        return contexts[::-1]

    def name_of(self, run: mlmd.Context) -> str:
        """Returns the name of a run, which is the name of its folder."""
        return str(run.name).removesuffix(_ending(self.key))

    def unfinished(self) -> list[UnfinishedExecution]:
        """Returns the executions of the newest run that are recorded as running.

        TFX records the end of an execution unless the process is stopped or killed. Call this
        before and after each run, while the root is locked: then no earlier run has any.
        """
        return [
            UnfinishedExecution(component_of(self.store, execution.id), execution.id)
            for run in self.runs()[:1]
            for execution in self.store.get_executions_by_context(run.id)
            if execution.last_known_state in _UNFINISHED
        ]

    def end(self, unfinished: Iterable[UnfinishedExecution], *, stopped: bool) -> None:
        """Marks executions as canceled if the user or the system stopped them, else as failed."""
        executions = self.store.get_executions_by_id([each.number for each in unfinished])
        state = mlmd.Execution.CANCELED if stopped else mlmd.Execution.FAILED
        for execution in executions:
            name = mlmd.Execution.State.Name(state)
            logging.info("Execution %d did not finish; it is marked as %s.", execution.id, name)
            execution.last_known_state = state
        if executions:
            self.store.put_executions(executions)


def component_of(store: MetadataStore, execution: int) -> str:
    """Returns the name of the component of an execution."""
    # TFX names the context of a component PIPELINE.COMPONENT.
    (name,) = (
        context.name
        for context in store.get_contexts_by_execution(execution)
        if store.get_context_types_by_id([context.type_id])[0].name == "node"
    )
    return str(name).rpartition(".")[2]


def stored_name(name: str, claim: Claim | None) -> str:
    """Returns the name of a pipeline or a run in the metadata store."""
    return name + _ending(claim.key if claim else "")


def _ending(key: str) -> str:
    return f"-{key}" if key else ""


def connection_config(root: Path, metadata: str) -> mlmd.ConnectionConfig:
    """Returns the connection of a run to the store in the settings, without a password.

    Args:
      root: the folder that runs share.
      metadata: the setting.
    """
    server = parse_metadata(metadata)
    return server_config(server) if server else _sqlite(root, "READWRITE_OPENCREATE")


def open_for_run(root: Path, metadata: str, claim: Claim | None) -> RootStore:
    """Opens the store in the settings to write to it.

    Args:
      root: the folder that runs share.
      metadata: the setting.
      claim: the claim of the root; None for SQLite.

    Raises:
      InputError: if the server cannot be used; see connect.
    """
    if claim:
        return _on_server(claim)
    return RootStore(
        MetadataStore(connection_config(root, metadata)), str(RootLayout(root).metadata)
    )


def open_store(root: Path) -> RootStore:
    """Opens the records of a root to read them; a run may be writing to them.

    Args:
      root: the folder that runs share.

    Raises:
      InputError: if there is no store, SQLite cannot read it, or its server cannot be used.
    """
    if claim := read_claim(root):
        return _on_server(claim)
    layout = RootLayout(root)
    database = layout.metadata
    if not database.is_file():
        raise InputError(
            f"{database}: expected the metadata of a run; there is none. {layout.first_run_advice}"
        )
    try:
        store = MetadataStore(_sqlite(root, "READONLY"))
        # A file that is not a database fails only at the first query.
        store.get_context_types()
    except (RuntimeError, errors.StatusError) as error:
        first, *_ = str(error).splitlines() or [type(error).__name__]
        raise InputError(
            f"{database}: expected the metadata of a run; SQLite cannot read the file: {first}. "
            f"{layout.first_run_advice}"
        ) from None
    return RootStore(store, str(database))


def _on_server(claim: Claim) -> RootStore:
    return RootStore(connect(claim.server), claim.url, claim.key)


def _sqlite(root: Path, mode: str) -> mlmd.ConnectionConfig:
    config = mlmd.ConnectionConfig()
    config.sqlite.filename_uri = str(RootLayout(root).metadata)
    config.sqlite.connection_mode = mlmd.SqliteMetadataSourceConfig.ConnectionMode.Value(mode)
    return config
