"""One run at a time under a root, and whose turn it is."""

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
def lock_root(root: Path, turn: str = "") -> Iterator[None]:
    """Holds the root while the body runs, whatever becomes of it.

    The operating system lets go of a lock when its process ends: a run that was killed leaves
    none behind.

    Args:
      root: the folder that runs share; it is there.
      turn: of what there is one at a time; runs unless given.

    Raises:
      BusyError: if another process holds it; the message says who, where and since when.
      OSError: if it cannot be written to.
    """
    holder = root / f".{turn}lock.json"
    lock = filelock.FileLock(root / f".{turn}lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise BusyError(
            f"{root}: expected no other run there; {_read_holder(holder)} is under way. Wait for "
            "it, or name another --root."
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
    # A new file: a link that others put there would be followed.
    unfinished = path.with_name(f"{path.stem}-{secrets.token_hex(8)}.part")
    with unfinished.open("x", encoding="utf-8") as file:
        file.write(json.dumps(holder) + "\n")
    unfinished.replace(path)


def _read_holder(path: Path) -> str:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        return (
            f"that of {holder['user']}, process {holder['pid']} on {holder['host']} since "
            f"{holder['since']},"
        )
    except (OSError, ValueError, KeyError, TypeError):
        # It is only just beginning, or of another release.
        return "another one"
