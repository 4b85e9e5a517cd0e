"""Reports a full disk under a root, for every component and library."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from components.errors import ResourceError
from components.storage.disk_room import is_full_disk_message
from pipeline.console.exit_codes import unwrap_beam_error

_OURS = ("components.", "pipeline.", "trainer.")
# Characters of a library's message to keep; TensorFlow appends the operations of a graph.
_MAX_LENGTH = 300


@contextlib.contextmanager
def report_full_disk(root: Path) -> Iterator[None]:
    """Raises ResourceError if the body, which writes only under the root, fills the disk.

    Python, TensorFlow, HDF5, Beam, SQLite and ML Metadata each raise their own errors for a full
    disk, some without the name of the file.

    Raises:
      ResourceError: if the disk is full; one line that names the root.
    """
    try:
        yield
    except Exception as error:
        name, message = unwrap_beam_error(error)
        if name.startswith(_OURS) or not is_full_disk_message(message):
            raise
        details = " ".join(message.split())[:_MAX_LENGTH]
        raise ResourceError(
            f"{root}: expected room on the disk; writing stopped with {name.rpartition('.')[2]}: "
            f"{details}. Free space there, or choose another --root, and run the same command "
            "again."
        ) from error
