"""What the gate has to say: findings, and the verdict they add up to."""

import enum
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any


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
    """One thing that a check found.

    Attributes:
      level: what it means for the run.
      check: which check, in one word: splits, labels, schema, drift, slices, swapped, skew,
        cells, balance, baseline.
      where: the split or the pair of splits, in words.
      slice: in words, such as "Black, female"; empty for all examples.
      feature: empty where it is about examples as such.
      message: one sentence: what was expected, what was found.
      found: what was measured; None where nothing was.
      limit: what it was held against.
    """

    level: Level
    check: str
    where: str
    message: str
    slice: str = ""
    feature: str = ""
    found: float | None = None
    limit: float | None = None

    @property
    def excess(self) -> float:
        """How many times its limit was found; infinite where none is allowed."""
        return (self.found or 0) / self.limit if self.limit else math.inf

    @property
    def line(self) -> str:
        """The finding in one line."""
        about = ", ".join(filter(None, (self.slice, self.feature.replace("_", " "))))
        return f"{self.where}: {about + ': ' if about else ''}{self.message}"

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "level": self.level.value}

    @classmethod
    def from_dict(cls, document: dict[str, Any]) -> "Finding":
        return cls(**{**document, "level": Level(document["level"])})


def verdict(findings: Iterable[Finding]) -> Level:
    """Returns the gravest level; pass if there is no finding."""
    return max(
        (finding.level for finding in findings), key=lambda one: one.rank, default=Level.PASS
    )
