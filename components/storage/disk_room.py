"""Detects full disks among other errors, and names the disk."""

import contextlib
import errno
import sqlite3
import tempfile
from collections.abc import Iterator

from components.errors import ResourceError

ADVICE_FOR_TEMPORARY_FILES = "or set TMPDIR to a folder on a larger disk"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# SQLite and TensorFlow hide the error number; SQLite has no message for a quota.
_MESSAGES = (
    *("No space left on device", "Disk quota exceeded", "File too large"),
    *("database or disk is full", "disk I/O error"),
)


@contextlib.contextmanager
def room_in(place: str, advice: str) -> Iterator[None]:
    """Raises ResourceError if the body fails because a disk is full.

    Args:
      place: folder or file that the body writes to.
      advice: an alternative to freeing space, such as "or wait".

    Raises:
      ResourceError: with a sentence that says what was expected, and the advice.
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
    """Applies room_in to the folder that tempfile uses."""
    with room_in(tempfile.gettempdir(), ADVICE_FOR_TEMPORARY_FILES):
        yield


def is_full_disk_message(text: str) -> bool:
    """Returns whether an error message is typical of a full disk."""
    return any(message in text for message in _MESSAGES)


def _is_full(error: Exception) -> bool:
    if isinstance(error, OSError):
        return error.errno in _FULL
    # By module name, because loading TensorFlow takes seconds.
    of_a_library = isinstance(error, sqlite3.Error) or type(error).__module__.startswith(
        "tensorflow."
    )
    return of_a_library and is_full_disk_message(str(error))
