"""Watches a tree of processes: where it listens, and what its command lines show."""

import contextlib
import ipaddress
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import psutil

_SECONDS = 0.05


@dataclass
class Watched:
    """What was seen so far.

    Attributes:
      listening: addresses and ports, as "127.0.0.1:80".
      commands: command lines.
    """

    listening: set[str] = field(default_factory=set)
    commands: set[str] = field(default_factory=set)

    @property
    def open_to_others(self) -> set[str]:
        """The addresses that other machines may reach."""
        return {one for one in self.listening if not is_loopback(one.rpartition(":")[0])}


def is_loopback(host: str) -> bool:
    """Returns whether only this machine reaches an address."""
    # A socket of both protocols has IPv4 addresses in this form.
    return ipaddress.ip_address(host.removeprefix("::ffff:")).is_loopback


@contextlib.contextmanager
def watched(pid: int) -> Iterator[Watched]:
    """Watches a process and its descendants during the `with` block."""
    seen, ended = Watched(), threading.Event()

    def watch() -> None:
        while not ended.wait(_SECONDS):
            with contextlib.suppress(psutil.Error):
                root = psutil.Process(pid)
                for process in (root, *root.children(recursive=True)):
                    with contextlib.suppress(psutil.Error):
                        _look_at(process, seen)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        ended.set()
        thread.join()


def _look_at(process: psutil.Process, seen: Watched) -> None:
    seen.commands.add(" ".join(process.cmdline()))
    for one in process.net_connections("inet"):
        if one.status == psutil.CONN_LISTEN:
            seen.listening.add(f"{one.laddr.ip}:{one.laddr.port}")
