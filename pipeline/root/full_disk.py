"""A full disk under a root, whichever component and whichever library meets it."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from components.errors import ResourceError
from components.storage.disk_room import says_full
from pipeline.console.exit_codes import without_beam_trace

_OURS = ("components.", "pipeline.", "trainer.")
# Of what a library says; TensorFlow lists the operations of a graph after it.
_MOST = 300


@contextlib.contextmanager
def room_under(root: Path) -> Iterator[None]:
    """Raises ResourceError for what a full disk makes of the body, all of whose files are there.

    Python, TensorFlow, HDF5, Beam, SQLite and ML Metadata each have errors of their own for it,
    some of which do not name the file.

    Raises:
      ResourceError: with one line that names the root.
    """
    try:
        yield
    except Exception as error:
        name, message = without_beam_trace(error)
        if name.startswith(_OURS) or not says_full(message):
            raise
        words = " ".join(message.split())[:_MOST]
        raise ResourceError(
            f"{root}: expected room on the disk; writing stopped with {name.rpartition('.')[2]}: "
            f"{words}. Free space there, or name another --root, and run the same command again."
        ) from error
