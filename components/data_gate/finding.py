"""Findings of the gate, and the verdict that follows. `wording` formats them."""

import enum
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from components.ingest.labels.names import OutOfRange


class Level(str, enum.Enum):
    """The consequence of a finding for the run, in ascending order."""

    PASS = "pass"
    WARN = "warn"
    STOP = "stop"

    @property
    def rank(self) -> int:
        return list(Level).index(self)


class Message(NamedTuple):
    """The message of a finding that was read from a report, which does not store the facts."""

    message: str


class Anomaly(NamedTuple):
    """An anomaly in TFDV's words, and the values that the schema allows for the feature."""

    summary: str
    description: str
    # Minimum and maximum; None is unbounded.
    bounds: tuple[float | None, float | None] | None = None
    values: tuple[str, ...] = ()


class UnknownLabel(NamedTuple):
    """A label out of range, how many of the listed files have it, and an example of a name."""

    problem: OutOfRange
    files: int
    listed: int
    example: str


class MeanShift(NamedTuple):
    """A mean now and before, and the standard deviation of all examples before."""

    now: float
    before: float
    scale: float


class ShareShift(NamedTuple):
    """The share of a value now and before, from 0 to 1."""

    value: str
    now: float
    before: float


class LimitsBelowChance(NamedTuple):
    """Features whose limits are lower than the distance that chance causes, each with its split."""

    features: tuple[tuple[str, str], ...]


class SmallGroups(NamedTuple):
    """Names of the groups that have too few examples to be compared."""

    groups: tuple[str, ...]
    min_examples: int


class Swap(NamedTuple):
    """Names of the two classes whose labels seem swapped."""

    people: tuple[str, ...]


class OtherSchema(NamedTuple):
    """Digests of the schema of this run, and of the schema of the baseline."""

    now: str
    before: str


_Shift = MeanShift | ShareShift
_Notes = LimitsBelowChance | SmallGroups
Facts = Message | Anomaly | UnknownLabel | _Shift | _Notes | Swap | OtherSchema


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One result of a check.

    Attributes:
      level: consequence for the run.
      check: the check, in one word: splits, labels, schema, drift, slices, swapped, skew, cells,
        balance, baseline.
      where: the split, or "all splits", or "files".
      slice: the slice in words, such as "Black, female"; empty for all examples.
      feature: the feature; empty if the finding is about examples as such.
      found: measured value; None if nothing was measured.
      limit: the limit of `found`, in the same unit.
      facts: further facts; None if the check needs none.
    """

    level: Level
    check: str
    where: str
    slice: str = ""
    feature: str = ""
    found: float | None = None
    limit: float | None = None
    facts: Facts | None = None

    @property
    def excess(self) -> float:
        """The measured value divided by the limit; infinite if the limit is 0 or None."""
        return (self.found or 0) / self.limit if self.limit else math.inf


def verdict(findings: Iterable[Finding]) -> Level:
    """Returns the most severe level; PASS without findings."""
    return max(
        (finding.level for finding in findings), key=lambda one: one.rank, default=Level.PASS
    )
