"""Locks a root for one run at a time."""

import contextlib
import json
import os
import secrets
import socket
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import filelock

from components.errors import BusyError
from components.user import user_name


@contextlib.contextmanager
def lock_root(root: Path, name: str = "") -> Iterator[None]:
    """Locks the root while the body runs.

    The operating system releases the lock when its process ends, so a killed run leaves no
    lock behind.

    Args:
      root: the folder that runs share; it must exist.
      name: the name of a separate lock; empty for the lock of runs.

    Raises:
      BusyError: if another process holds the lock; the message says who, where and since when.
      OSError: if the root is not writable.
    """
    holder = root / f".{name}lock.json"
    lock = filelock.FileLock(root / f".{name}lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise BusyError(
            f"{root}: expected no other run in this root; {_describe_holder(holder)} is in "
            "progress. Wait for it, or choose another --root."
        ) from None
    try:
        _write_holder(holder)
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _write_holder(path: Path) -> None:
    holder = {
        "user": user_name(),
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "since": datetime.now(timezone.utc).isoformat(timespec="seconds"),
    }
    # A new file, because a planted link would be followed.
    unfinished = path.with_name(f"{path.stem}-{secrets.token_hex(8)}.part")
    with unfinished.open("x", encoding="utf-8") as file:
        file.write(json.dumps(holder) + "\n")
    unfinished.replace(path)


def _describe_holder(path: Path) -> str:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        return (
            f"the run of {holder['user']} (process {holder['pid']} on {holder['host']}, since "
            f"{holder['since']})"
        )
    except (OSError, ValueError, KeyError, TypeError):
        # The holder has not written its file yet, or is from another release.
        return "another run"
