"""Opens the metadata of a root for reading."""

from pathlib import Path

from ml_metadata import MetadataStore, errors
from ml_metadata.proto import metadata_store_pb2 as mlmd

from components.errors import InputError
from pipeline.layout import RootLayout


def run_first(root: Path) -> str:
    """Returns the advice for a root without runs."""
    return f"Run `utkface run --data PATH --root {root}` first."


def open_store(root: Path) -> MetadataStore:
    """Opens the metadata store of a root, read-only; a run may be writing to it.

    Args:
      root: the folder that runs share.

    Raises:
      InputError: if there is no store, or SQLite cannot read it.
    """
    database = RootLayout(root).metadata
    if not database.is_file():
        raise InputError(
            f"{database}: expected the metadata of a run; there is none. {run_first(root)}"
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
            f"{database}: expected the metadata of a run, which SQLite can read; {first}. "
            f"{run_first(root)}"
        ) from None
    return store
