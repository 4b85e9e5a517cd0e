"""Counts of the ingest's steps, which can be merged in any order."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from components.errors import InputError, ResourceError
from components.ingest.labels.curated_entries import NamedFile
from components.ingest.ledger.rows import LedgerRow
from components.ingest.rejection import RejectedFile
from trainer.groups import COUNTED

_KINDS = {kind.__name__: kind for kind in (InputError, ResourceError)}

# A unit of files and a place in it, which order all files.
Place = tuple[int, int]


@dataclass
class Findings:
    """Counts and problems of an ingest.

    Attributes:
      counts: by name, such as "listed", or ("reason", "duplicate"); whole numbers or fractions.
      first_bad: place and description of the first quarantined file that is no duplicate.
      named: files that an entry of the corrections or the takedowns names.
      problems: errors that end the run: class name and message.
    """

    counts: Counter[Any] = field(default_factory=Counter)
    first_bad: tuple[Place, str] | None = None
    named: list[tuple[Place, NamedFile]] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def of_problem(cls, error: InputError | ResourceError) -> "Findings":
        return cls(problems=[(type(error).__name__, str(error))])

    def add_row(self, place: Place, row: LedgerRow) -> None:
        """Counts a final row of the ledger."""
        self.counts.update([row.status, ("reason", row.reason)])
        if row.used and row.labels is not None:
            values = (
                ("value", each.key, each.value_in(row.labels, row.ranges)) for each in COUNTED
            )
            self.counts.update([("split", row.split), *values])
            self.counts.update(("ranged", key) for key in row.ranges)
            self.counts["drawings"] += row.drawing
        elif row.reason != RejectedFile.DUPLICATE:
            problem = f"{row.name!r}: {row.reason}, {row.detail}"
            self.first_bad = min(filter(None, (self.first_bad, (place, problem))))

    def merge(self, other: "Findings") -> None:
        self.counts.update(other.counts)
        bad = [*filter(None, (self.first_bad, other.first_bad))]
        self.first_bad = min(bad) if bad else None
        self.named += other.named
        self.problems += other.problems

    def bytes_by_unit(self) -> dict[int, int]:
        return {key[1]: count for key, count in self.counts.items() if key[0] == "bytes"}

    def check(self) -> None:
        """Raises the first problem, in alphabetical order."""
        if self.problems:
            kind, message = min(self.problems)
            raise _KINDS.get(kind, InputError)(message)


def merge_findings(several: Iterable[Findings]) -> Findings:
    merged = Findings()
    for findings in several:
        merged.merge(findings)
    return merged
