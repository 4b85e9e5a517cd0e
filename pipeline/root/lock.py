"""Locks a root for one run at a time, on all machines that share it."""

import contextlib
import errno
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from components.errors import BusyError
from pipeline.root.lock_holder import DEAD_SECONDS, LockHolder

# Errors of a file system that has no locks: ENOLCK is that of NFS without its lock service.
_NO_LOCKS = (errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK)
# Without locks, two machines may both take over a dead lock. Within this time each sees the other.
_SETTLING_SECONDS = 2.0


@contextlib.contextmanager
def lock_root(root: Path, name: str = "") -> Iterator[None]:
    """Locks the root while the body runs.

    The operating system releases its lock when the process ends, so a killed run leaves no lock
    behind. On NFS it locks out other machines too, unless the file system has no locks, or keeps
    them to each machine. The holder therefore also renews a file. Another machine respects a file
    that was renewed within the last two minutes.

    Args:
      root: the folder that runs share; it must exist.
      name: the name of a separate lock; empty for the lock of runs.

    Raises:
      BusyError: if another process holds the lock; the message says who, where and since when.
      OSError: if the root is not writable.
    """
    holder = LockHolder(root / f".{name}lock.json")
    with _system_lock(root / f".{name}lock") as locked:
        if locked is False:
            raise _busy(root, holder)
        # A killed process of this machine has lost its lock, but its file may be new.
        if holder.is_alive(ignoring_this_machine=locked is True):
            raise _busy(root, holder, f" If it is dead, its lock ends {DEAD_SECONDS:.0f} s later.")
        with holder.renewed():
            if locked is None:
                time.sleep(_SETTLING_SECONDS)
                if not holder.is_own():
                    raise _busy(root, holder)
            yield


@contextlib.contextmanager
def _system_lock(path: Path) -> Iterator[bool | None]:
    """Yields whether this process has the lock of a file; None if the file system has no locks."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    try:
        locked: bool | None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            locked = True
        except BlockingIOError:
            locked = False
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
            locked = None
        yield locked
        if locked:
            # A child process may have inherited the file.
            fcntl.flock(file, fcntl.LOCK_UN)
    finally:
        os.close(file)


def _busy(root: Path, holder: LockHolder, advice: str = "") -> BusyError:
    return BusyError(
        f"{root}: expected no other run in this root; {holder.describe()} is in progress. Wait for "
        f"it, or choose another --root.{advice}"
    )
