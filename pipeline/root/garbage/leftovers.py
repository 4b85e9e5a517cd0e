"""What killed runs leave beside the artifacts; nobody else writes while the root is locked."""

from collections.abc import Iterator

from components.history.registry import History
from components.storage import files
from pipeline.layout import RootLayout
from pipeline.root.run_folder import TEMPORARY
from pipeline.root.storage import RootStorage


def leftovers(layout: RootLayout, storage: RootStorage) -> list[str]:
    """Returns files and folders that were being written when a process was killed."""
    return sorted({*_local(layout), *_stored(storage)})


def _local(layout: RootLayout) -> Iterator[str]:
    yield from map(str, layout.runs.glob(f"*/{TEMPORARY}"))
    yield from map(str, layout.root.glob("*.part"))


def _stored(storage: RootStorage) -> Iterator[str]:
    # On a store the next push removes what an unfinished push has left.
    if not files.is_remote(storage.serving):
        yield from files.glob(f"{files.escape(storage.serving)}/*.part")
    yield from files.glob(f"{files.escape(storage.checkpoints)}/*/*.part")
    yield from History(storage.history).incomplete()
