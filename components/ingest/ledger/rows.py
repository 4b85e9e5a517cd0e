"""The ledger: a row for every listed file, readable without this project; and later verdicts."""

import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from pydantic import TypeAdapter

SUMMARY_FILE = "summary.json"


class Status(str, enum.Enum):
    """The outcome of a listed file."""

    ACCEPTED = "accepted"
    REPAIRED = "repaired"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, kw_only=True)
class LedgerRow:
    """The record of a listed file; None where a value could not be determined.

    Attributes:
      name: path relative to the source.
      status: value of Status.
      source: the folder, glob or archive that lists the file.
      reason: code of RejectedFile.REASONS if the file was quarantined, the repairs if it was
        repaired, otherwise empty.
      detail: a sentence with the expected and the found value.
      sha256: SHA-256 of the bytes, 64 hexadecimal digits.
      size: size in bytes.
      declared_format: format by the suffix, such as "JPEG".
      detected_format: format by the bytes.
      width: width of the stored image, in pixels.
      height: height of the stored image, in pixels.
      group: 16 hexadecimal digits, equal for images that look alike; a group lies in one split.
      split: split of the file; empty if it was quarantined.
      labels: labels by key; None if the image or a label was rejected.
      ranges: lowest and highest value of each label that is only known as a range.
      brightness, contrast, sharpness, colour: see pictures.Picture.
      drawing: whether `utkface sample` drew the image.
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

    @classmethod
    def quarantined(cls, reason: str, detail: str, **known: Any) -> "LedgerRow":
        """Returns the row of a quarantined file with the values that are known."""
        return cls(status=Status.QUARANTINED.value, reason=reason, detail=detail, **known)

    @property
    def used(self) -> bool:
        return self.status != Status.QUARANTINED

    def to_json(self) -> str:
        """Returns a line of JSON Lines; invalid Unicode in a name is escaped."""
        return json.dumps(vars(self)) + "\n"

    @classmethod
    def from_json(cls, line: str) -> "LedgerRow":
        """Reads a line as to_json writes it.

        Raises:
          ValueError: if the line is not JSON, a value is missing, or a value has another type.
        """
        row = _ROWS.validate_python(json.loads(line))
        Status(row.status)
        return row


_ROWS = TypeAdapter(LedgerRow)


class Verdict(NamedTuple):
    """Why a file is not used after all, or its labels if a manifest has them.

    Attributes:
      unit: unit of the file.
      place: place of the file in its unit.
      reason: code of RejectedFile.REASONS; empty if there are labels.
      detail: expected and found value.
      labels, ranges: see LedgerRow.
      repairs: codes of changes to the labels.
    """

    unit: int
    place: int
    reason: str = ""
    detail: str = ""
    labels: Mapping[str, int] | None = None
    ranges: Mapping[str, tuple[int, int]] = {}
    repairs: tuple[str, ...] = ()

    def apply(self, row: LedgerRow) -> LedgerRow:
        """Returns the row of the file with the verdict applied."""
        if self.reason:
            status = Status.QUARANTINED
            return replace(
                row, status=status.value, reason=self.reason, detail=self.detail, split=""
            )
        if not row.used:
            return row
        reason = ", ".join(filter(None, (*self.repairs, row.reason)))
        status = Status.REPAIRED if reason else Status.ACCEPTED
        return replace(
            row, status=status.value, reason=reason, labels=self.labels, ranges=self.ranges
        )


def ledger_file(shard: int, shards: int) -> str:
    """Returns the name of a ledger file: JSON Lines, in the order in which files were listed."""
    return "ledger.jsonl" if shards == 1 else f"ledger-{shard:05d}-of-{shards:05d}.jsonl"
