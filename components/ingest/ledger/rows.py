"""The ledger: one row for every listed file, readable without this project."""

import enum
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO

# JSON Lines: one row a file, in the order they were listed.
LEDGER_FILE = "ledger.jsonl"
SUMMARY_FILE = "summary.json"


class Status(str, enum.Enum):
    """What became of a listed file."""

    ACCEPTED = "accepted"
    REPAIRED = "repaired"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, kw_only=True)
class LedgerRow:
    """What is known of a listed file; None where it could not be found out.

    Attributes:
      name: its path, relative to the source.
      source: the folder, glob or archive that it was found by.
      status: one of Status.
      reason: a code of RejectedFile.REASONS; empty if it was accepted as it is, and what
        was changed if it was repaired.
      detail: one sentence with what was expected and what was found.
      sha256: of its bytes, 64 hexadecimal digits.
      size: in bytes.
      declared_format: what its suffix says, such as "JPEG".
      detected_format: what its bytes say.
      width: in pixels, as it is stored.
      height: in pixels, as it is stored.
      group: pictures that look alike have the same, 16 hexadecimal digits; a group lies
        in one split.
      split: the split it lies in; empty if it was quarantined.
    """

    name: str
    status: str
    source: str = ""
    reason: str = ""
    detail: str = ""
    sha256: str | None = None
    size: int | None = None
    declared_format: str = ""
    detected_format: str = ""
    width: int | None = None
    height: int | None = None
    group: str | None = None
    split: str = ""


def write_ledger(rows: Iterable[LedgerRow], file: IO[str]) -> None:
    """Writes rows as JSON Lines; what is no Unicode in a name is escaped."""
    for row in rows:
        file.write(json.dumps(vars(row)) + "\n")
