"""What a kind of bad or odd file is, and what must become of it."""

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from components.storage.files import printable


class Outcome(NamedTuple):
    """What the ledger says of a file.

    Attributes:
      status: of a Status; "ignored" or "unlisted" where the ledger has no row.
      reason: as the ledger has it.
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
      what: it is, in words.
      name: its path below the source, as a file system or an archive stores it.
      outcome: in a folder, among all the others.
      alone: in a folder of its own; None if it is the same.
      packed: in an archive; None if it is the same.
      content: its bytes; of a link, where it leads to.
      mode: which sort of file it is, as of `stat`.
      make: puts it into a folder; None if its bytes are all there is to it. Raises OSError
        where it cannot be made.
      containers: which can hold it: "folder", "tar", "zip".
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
        """Its name in the ledger."""
        return printable(os.fsdecode(self.name))

    def outcome_in(self, container: str) -> Outcome:
        return self.outcome if container == "folder" or self.packed is None else self.packed

    def put_into(self, folder: Path) -> bool:
        """Makes the file; returns whether this file system and this user can."""
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
