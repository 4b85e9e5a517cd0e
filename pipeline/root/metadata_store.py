"""Opens the metadata of a root to read in it."""

from pathlib import Path

from ml_metadata import MetadataStore, errors
from ml_metadata.proto import metadata_store_pb2 as mlmd

from components.errors import InputError
from pipeline.layout import RootLayout


def run_first(root: Path) -> str:
    """Says how to get what is missing under a root."""
    return f"Run `utkface run --data PATH --root {root}` first."


def open_store(root: Path) -> MetadataStore:
    """Opens the store of a root; it may be one that a run is writing to.

    Args:
      root: the folder that runs share.

    Raises:
      InputError: if there is none, or none that SQLite can read.
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
        # What is no database is told with the first question only.
        store.get_context_types()
    except (RuntimeError, errors.StatusError) as error:
        first, *_ = str(error).splitlines() or [type(error).__name__]
        raise InputError(
            f"{database}: expected the metadata of a run, which SQLite can read; {first}. "
            f"{run_first(root)}"
        ) from None
    return store
