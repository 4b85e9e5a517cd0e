"""The ledger: one row for every listed file, readable without this project."""

import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

SUMMARY_FILE = "summary.json"


class Status(str, enum.Enum):
    """What became of a listed file."""

    ACCEPTED = "accepted"
    REPAIRED = "repaired"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, kw_only=True)
class LedgerRow:
    """What is known of a listed file; None where it could not be determined.

    Attributes:
      name: its path, relative to the source.
      status: one of Status.
      source: the folder, glob or archive that lists it.
      reason: a code of RejectedFile.REASONS; empty if it was accepted unchanged, and what
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
      labels: by label key; None if the picture or a label was rejected.
      ranges: the least and the greatest that a label may be that is not known better.
      brightness, contrast, sharpness, colour: as of pictures.Picture.
      drawing: whether `utkface sample` drew it.
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
    labels: Mapping[str, int] | None = None
    ranges: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    brightness: float | None = None
    contrast: float | None = None
    sharpness: float | None = None
    colour: float | None = None
    drawing: bool = False

    @property
    def used(self) -> bool:
        return self.status != Status.QUARANTINED

    def to_json(self) -> str:
        """Returns a line of JSON Lines; what is no Unicode in a name is escaped."""
        return json.dumps(vars(self)) + "\n"

    @classmethod
    def from_json(cls, line: str) -> "LedgerRow":
        return cls(**json.loads(line))


def ledger_file(shard: int, shards: int) -> str:
    """Returns the name of a ledger's file: JSON Lines, in the order the files were listed."""
    return "ledger.jsonl" if shards == 1 else f"ledger-{shard:05d}-of-{shards:05d}.jsonl"


def is_ledger_file(name: str) -> bool:
    return name.startswith("ledger") and name.endswith(".jsonl")
