"""Tells a full disk from all else that can go wrong, and says which disk it is."""

import contextlib
import errno
import sqlite3
import tempfile
from collections.abc import Iterator

from components.errors import ResourceError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# SQLite and TensorFlow keep the number to themselves; SQLite has no words of its own for a quota.
_SAYINGS = (
    *("No space left on device", "Disk quota exceeded", "File too large"),
    *("database or disk is full", "disk I/O error"),
)


@contextlib.contextmanager
def room_in(place: str, advice: str) -> Iterator[None]:
    """Raises ResourceError for what a full disk makes of the body.

    Args:
      place: a folder or a file that the body writes to.
      advice: what else can be done than to free space there, such as "or wait".

    Raises:
      ResourceError: with one sentence that says what was expected, and the advice.
    """
    try:
        yield
    except ResourceError:
        raise
    except Exception as error:
        if not _is_full(error):
            raise
        raise ResourceError(
            f"{place}: expected room on the disk; writing stopped with {error}. Free space there, "
            f"{advice}."
        ) from error


@contextlib.contextmanager
def room_for_temporary_files() -> Iterator[None]:
    """Is room_in for the folder that tempfile takes."""
    with room_in(tempfile.gettempdir(), "or set TMPDIR to a folder on a larger disk"):
        yield


def says_full(text: str) -> bool:
    """Returns whether the words of an error are those that a full disk leads to."""
    return any(saying in text for saying in _SAYINGS)


def _is_full(error: Exception) -> bool:
    if isinstance(error, OSError):
        return error.errno in _FULL
    # By its module, as loading TensorFlow takes seconds.
    of_a_library = isinstance(error, sqlite3.Error) or type(error).__module__.startswith(
        "tensorflow."
    )
    return of_a_library and says_full(str(error))
