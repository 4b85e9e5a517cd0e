"""Keeps what runs write out of the data, where its files would be read as images."""

from collections.abc import Sequence
from pathlib import Path

from components.errors import InputError
from components.ingest.sources import source, span_paths
from components.storage import files
from pipeline.layout import RootLayout
from pipeline.root.storage import RootStorage


def check_root_outside_data(root: str, data: Sequence[str]) -> None:
    """Raises if a data path contains files that runs write, even before they exist.

    Args:
      root: the folder that runs share.
      data: data paths.

    Raises:
      InputError: if a data path contains the root; the message says what to do.
    """
    layout = RootLayout(Path(root).resolve())
    storage = RootStorage(layout.root, str(layout.root))
    stored = map(Path, (storage.artifacts, storage.history, storage.serving))
    written = (*stored, layout.metadata, layout.runs)
    for path in (path for path in data if not files.is_remote(path)):
        located = source.locate(path)
        if any(source.contains(located, folder) for folder in written):
            raise InputError(
                f"{path}: expected data without the root in it; the root is {root}, and its own "
                "files would be read as images. Name the folder of the images alone, or another "
                "--root."
            )


def check_artifacts_outside_data(artifacts: str, data: Sequence[str]) -> None:
    """Raises if a data path on a store contains the artifacts, even before they exist.

    Args:
      artifacts: the setting.
      data: data paths.

    Raises:
      InputError: if a data path contains them; the message says what to do.
    """
    written = _parts(f"{RootStorage(Path(), artifacts).artifacts}/x")
    for path in filter(files.is_remote, data):
        if files.fits(written, _parts(span_paths.of_any_span(path.rstrip("/")))):
            raise InputError(
                f"{path}: expected data without the artifacts in it; they are in {artifacts}, and "
                "would be read as images. Name the folder of the images alone, or other artifacts."
            )


def _parts(uri: str) -> list[str]:
    # Both schemes name the same store.
    return uri.partition("://")[2].split("/")
