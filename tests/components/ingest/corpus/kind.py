"""A kind of damaged or unusual file, and its expected outcome."""

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from components.storage.files import printable


class Outcome(NamedTuple):
    """Outcome of a file in the ledger.

    Attributes:
      status: value of a Status; "ignored" or "unlisted" if the ledger has no row.
      reason: reason in the ledger.
    """

    status: str
    reason: str = ""

    @property
    def has_row(self) -> bool:
        return self.status not in ("ignored", "unlisted")


ACCEPTED = Outcome("accepted")
IGNORED = Outcome("ignored")
UNLISTED = Outcome("unlisted")


def repaired(*words: str) -> Outcome:
    return Outcome("repaired", ", ".join(words))


def quarantined(reason: str) -> Outcome:
    return Outcome("quarantined", reason)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of file.

    Attributes:
      what: description.
      name: path below the source, as a file system or an archive stores it.
      outcome: outcome in a folder, among all other files.
      alone: outcome in a folder of its own; None if it is the same.
      packed: outcome in an archive; None if it is the same.
      content: bytes of a file, or target of a link.
      mode: type of the file, a constant of `stat`.
      make: creates the file at a path; None if writing its content is enough. Raises OSError
        if the file cannot be created.
      containers: containers that can hold the file: "folder", "tar", "zip".
    """

    what: str
    name: bytes
    outcome: Outcome
    alone: Outcome | None = None
    packed: Outcome | None = None
    content: bytes = b""
    mode: int = stat.S_IFREG
    make: Callable[[Path], object] | None = None
    containers: frozenset[str] = frozenset({"folder", "tar", "zip"})

    @property
    def row_name(self) -> str:
        """Name of the file in the ledger."""
        return printable(os.fsdecode(self.name))

    def outcome_in(self, container: str) -> Outcome:
        return self.outcome if container == "folder" or self.packed is None else self.packed

    def put_into(self, folder: Path) -> bool:
        """Creates the file; returns False if the file system or the user cannot."""
        path = folder / os.fsdecode(self.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            if self.make:
                self.make(path)
            elif stat.S_ISLNK(self.mode):
                path.symlink_to(os.fsdecode(self.content))
            else:
                path.write_bytes(self.content)
        except OSError:
            return False
        return True
