"""What the gate reports: findings, and the verdict that follows. `wording` formats them."""

import enum
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from components.ingest.labels.names import OutOfRange


class Level(str, enum.Enum):
    """What a finding means for the run; in ascending order."""

    PASS = "pass"
    WARN = "warn"
    STOP = "stop"

    @property
    def rank(self) -> int:
        return list(Level).index(self)


class Words(NamedTuple):
    """What a report keeps of the facts."""

    message: str


class Anomaly(NamedTuple):
    """What ExampleValidator found, in TFDV's words, and what the schema allows of the feature."""

    summary: str
    description: str
    # The least and the greatest value, where None is unbounded.
    bounds: tuple[float | None, float | None] | None = None
    values: tuple[str, ...] = ()


class UnknownLabel(NamedTuple):
    """A label that is out of range in the names of so many of the listed files."""

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
    """The share of a value now and before, 0 to 1."""

    value: str
    now: float
    before: float


class LimitsBelowChance(NamedTuple):
    """The features whose limits chance alone exceeds, each with its split."""

    features: tuple[tuple[str, str], ...]


class SmallGroups(NamedTuple):
    """The groups of so few examples that they are not compared, in words."""

    groups: tuple[str, ...]
    min_examples: int


class Swap(NamedTuple):
    """What the people are called who look like each other's baseline."""

    people: tuple[str, ...]


class OtherSchema(NamedTuple):
    """The digests of the schema, and of the one that the baseline was accepted under."""

    now: str
    before: str


_Shift = MeanShift | ShareShift
_Notes = LimitsBelowChance | SmallGroups
Facts = Words | Anomaly | UnknownLabel | _Shift | _Notes | Swap | OtherSchema


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that a check found.

    Attributes:
      level: what it means for the run.
      check: which check, in one word: splits, labels, schema, drift, slices, swapped, skew,
        cells, balance, baseline.
      where: the split, or "all splits", or "files".
      slice: in words, such as "Black, female"; empty for all examples.
      feature: empty where it is about examples as such.
      found: what was measured; None where nothing was.
      limit: what it was compared with, in the same unit.
      facts: what else is known; None where the check says it all.
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
        """How many times its limit was found; infinite where none is allowed."""
        return (self.found or 0) / self.limit if self.limit else math.inf


def verdict(findings: Iterable[Finding]) -> Level:
    """Returns the gravest level; pass if there is no finding."""
    return max(
        (finding.level for finding in findings), key=lambda one: one.rank, default=Level.PASS
    )
