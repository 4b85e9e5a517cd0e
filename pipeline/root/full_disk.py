"""Reports a full disk under a root, for every component and library."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from components.errors import ResourceError
from components.storage.disk_room import is_full_disk_message
from pipeline.console.exit_codes import without_beam_trace

_OURS = ("components.", "pipeline.", "trainer.")
# Characters of a library's message to keep; TensorFlow appends the operations of a graph.
_MOST = 300


@contextlib.contextmanager
def room_under(root: Path) -> Iterator[None]:
    """Raises ResourceError if the body, which writes only under the root, fills the disk.

    Python, TensorFlow, HDF5, Beam, SQLite and ML Metadata each raise their own errors for a full
    disk, some without the name of the file.

    Raises:
      ResourceError: if the disk is full; one line that names the root.
    """
    try:
        yield
    except Exception as error:
        name, message = without_beam_trace(error)
        if name.startswith(_OURS) or not is_full_disk_message(message):
            raise
        words = " ".join(message.split())[:_MOST]
        raise ResourceError(
            f"{root}: expected room on the disk; writing stopped with {name.rpartition('.')[2]}: "
            f"{words}. Free space there, or name another --root, and run the same command again."
        ) from error
