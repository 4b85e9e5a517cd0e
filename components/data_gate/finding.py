"""What the gate reports: findings, and the verdict they add up to. `wording` says them in words."""

import enum
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple


class Level(str, enum.Enum):
    """What a finding means for the run; in ascending order."""

    PASS = "pass"
    WARN = "warn"
    STOP = "stop"

    @property
    def rank(self) -> int:
        return list(Level).index(self)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that a check found; a subclass for each kind has what else is known of it.

    Attributes:
      level: what it means for the run.
      check: which check, in one word: splits, labels, schema, drift, slices, swapped, skew,
        cells, balance, baseline.
      where: the split, or "all splits", or "files".
      slice: in words, such as "Black, female"; empty for all examples.
      feature: empty where it is about examples as such.
      found: what was measured; None where nothing was.
      limit: what it was compared with, in the same unit.
    """

    level: Level
    check: str
    where: str
    slice: str = ""
    feature: str = ""
    found: float | None = None
    limit: float | None = None

    @property
    def excess(self) -> float:
        """How many times its limit was found; infinite where none is allowed."""
        return (self.found or 0) / self.limit if self.limit else math.inf


def verdict(findings: Iterable[Finding]) -> Level:
    """Returns the gravest level; pass if there is no finding."""
    return max(
        (finding.level for finding in findings), key=lambda one: one.rank, default=Level.PASS
    )


class MeanShift(NamedTuple):
    """The mean of a number, now and in the baseline."""

    now: float
    before: float


class ShareShift(NamedTuple):
    """The share of a value, 0 to 1, now and in the baseline."""

    value: str
    now: float
    before: float


class Range(NamedTuple):
    """The values that are allowed, both inclusive; None is unbounded."""

    least: float | None
    most: float | None


@dataclass(frozen=True, kw_only=True)
class Reported(Finding):
    """A finding as the report has it: what is known of its kind is in the message alone."""

    message: str


@dataclass(frozen=True, kw_only=True)
class EmptySplit(Finding):
    """A split has no examples."""

    level: Level = Level.STOP
    check: str = "splits"
    found: float | None = 0
    limit: float | None = 1


@dataclass(frozen=True, kw_only=True)
class SchemaViolation(Finding):
    """ExampleValidator found an anomaly.

    Attributes:
      summary, description: TFDV's own words.
      allowed: what the schema allows: a range, or values; None if it says nothing of them.
    """

    level: Level = Level.STOP
    check: str = "schema"
    summary: str
    description: str
    allowed: Range | tuple[str, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class UnknownLabel(Finding):
    """Names of files have the same label out of range; `found` is their share of the files.

    Attributes:
      problem: what was expected of the label, and what was found.
      files: how many names have it.
      listed: how many files there are.
      example: one of the names.
    """

    check: str = "labels"
    where: str = "files"
    problem: str
    files: int
    listed: int
    example: str


@dataclass(frozen=True, kw_only=True)
class SmallCell(Finding):
    """A group of trainer.groups.INTERSECTION has too few examples."""

    check: str = "cells"


@dataclass(frozen=True, kw_only=True)
class Imbalance(Finding):
    """A value has too large a share of a split."""

    check: str = "balance"


@dataclass(frozen=True, kw_only=True)
class Distant(Finding):
    """A feature is too far from its baseline.

    Attributes:
      baseline_split: the split of this run that is the baseline; empty for the train split that
        was accepted last.
      shift: what differs: the mean of a number, or the value whose share differs most.
    """

    baseline_split: str
    shift: MeanShift | ShareShift


@dataclass(frozen=True, kw_only=True)
class NoValues(Finding):
    """A feature, or its baseline, has no values to compare; `baseline_split` as in Distant."""

    level: Level = Level.WARN
    baseline_split: str


@dataclass(frozen=True, kw_only=True)
class ChanceExceedsLimits(Finding):
    """There are too few examples for the limits that are set.

    Attributes:
      features: whose limits are lower than what chance makes, each with its split.
    """

    level: Level = Level.PASS
    where: str = "all splits"
    features: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class GroupMoved(Finding):
    """A number or a share of a group has moved by itself.

    Attributes:
      shift: of the feature in the group, now and in what was accepted last.
      tolerance: how far it may move, in the unit of the shift.
    """

    check: str = "slices"
    shift: MeanShift | ShareShift
    tolerance: float


@dataclass(frozen=True, kw_only=True)
class SmallGroups(Finding):
    """Groups are too small to be compared.

    Attributes:
      groups: in words.
      min_examples: how many are enough.
    """

    level: Level = Level.PASS
    check: str = "slices"
    groups: tuple[str, ...]
    min_examples: int


@dataclass(frozen=True, kw_only=True)
class Swapped(Finding):
    """Two classes of people in a group look like each other's baseline.

    Attributes:
      people: what the people of the two classes are called.
    """

    check: str = "swapped"
    people: tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class NoBaseline(Finding):
    """Nothing was accepted before this run."""

    level: Level = Level.PASS
    check: str = "baseline"


@dataclass(frozen=True, kw_only=True)
class OtherSchema(Finding):
    """The baseline was accepted under another schema.

    Attributes:
      schema, schema_before: the digests of this one and of that one, which may be unknown.
    """

    level: Level = Level.STOP
    check: str = "baseline"
    schema: str
    schema_before: str
