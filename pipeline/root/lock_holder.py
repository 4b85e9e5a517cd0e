"""The file that says who holds the lock of a root, and that its process is alive."""

import contextlib
import json
import logging
import os
import secrets
import signal
import socket
import threading
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from components.user import user_name

# How often the holder renews its file, and the age at which others consider the holder dead.
RENEWAL_SECONDS = 15.0
DEAD_SECONDS = 120.0
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class LockHolder:
    """The holder of a lock, in a JSON file.

    Ages are differences of the times that the file system gives to two files, because the clocks
    of two machines differ.
    """

    def __init__(self, path: Path):
        self._path = path
        self._token = secrets.token_hex(8)

    def describe(self) -> str:
        """Returns who holds the lock, where and since when."""
        try:
            holder = self._read()
            return (
                f"the run of {holder['user']} (process {holder['pid']} on {holder['host']}, since "
                f"{holder['since']})"
            )
        except (OSError, ValueError, KeyError, TypeError):
            # The holder has not written its file yet, or is from another release.
            return "another run"

    def is_alive(self, *, ignoring_this_machine: bool) -> bool:
        """Returns whether a holder has renewed its file lately.

        Args:
          ignoring_this_machine: whether a holder of this machine counts as dead, and also one of
            an earlier release, which did not name its machine.
        """
        try:
            holder = self._read()
        except (OSError, ValueError):
            return False
        machine = holder.get("machine") if isinstance(holder, dict) else None
        if ignoring_this_machine and machine in (None, _machine()):
            return False
        return self._age() < DEAD_SECONDS

    def is_own(self) -> bool:
        """Returns whether this object wrote the file."""
        try:
            return bool(self._read()["token"] == self._token)
        except (OSError, ValueError, KeyError, TypeError):
            return False

    @contextlib.contextmanager
    def renewed(self) -> Iterator[None]:
        """Writes the file and renews it while the body runs; then removes it."""
        self._write()
        ended = threading.Event()
        thread = threading.Thread(target=self._renew, args=(ended,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
            if self.is_own():
                self._path.unlink(missing_ok=True)

    def _renew(self, ended: threading.Event) -> None:
        while not ended.wait(RENEWAL_SECONDS):
            try:
                if not self._path.exists():
                    self._write()
                elif self.is_own():
                    os.utime(self._path)
                else:
                    # This machine was suspended or cut off, and another has taken over.
                    logging.error("%s now holds the lock; this run ends.", self.describe())
                    os.kill(os.getpid(), signal.SIGTERM)
                    return
            except OSError as error:
                logging.warning("The lock was not renewed: %s", error)

    def _write(self) -> None:
        holder = {
            "user": user_name(),
            "host": socket.gethostname(),
            "machine": _machine(),
            "pid": os.getpid(),
            "since": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "token": self._token,
        }
        unfinished = self._new_file()
        unfinished.write_text(json.dumps(holder) + "\n", encoding="utf-8")
        unfinished.replace(self._path)

    def _age(self) -> float:
        new = self._new_file()
        try:
            return new.stat().st_mtime - self._path.stat().st_mtime
        except FileNotFoundError:  # released meanwhile
            return float("inf")
        finally:
            new.unlink()

    def _new_file(self) -> Path:
        # A new file, because a planted link would be followed.
        path = self._path.with_name(f"{self._path.stem}-{secrets.token_hex(8)}.part")
        path.touch(0o644, exist_ok=False)
        return path

    def _read(self) -> Any:
        return json.loads(self._path.read_text(encoding="utf-8"))


def _machine() -> str:
    """Returns what identifies a running kernel: its containers share the locks of the system."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return socket.gethostname()
