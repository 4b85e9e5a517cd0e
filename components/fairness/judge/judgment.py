"""Judges a model: which bounds it misses by more than chance explains."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from components.fairness.judge.comparisons import Comparison, compare
from components.fairness.measure.bootstrap import Measured
from components.fairness.reason import Reason
from components.fairness.settings import FairnessSettings


@dataclass(frozen=True)
class Judgment:
    """The result of all comparisons.

    Attributes:
      made: number of comparisons of a slice with a bound.
      missed: bounds missed by more than chance explains, the most certain first.
      needed: number of standard errors by which a bound must be missed.
    """

    made: int
    missed: tuple[Comparison, ...]
    needed: float

    @property
    def reasons(self) -> Sequence[Reason]:
        """The missed bounds, as reasons not to bless the model."""
        return [explain(one, self.needed) for one in self.missed]


def judge(measured: Measured, blessed: Measured | None, settings: FairnessSettings) -> Judgment:
    """Compares a model with the bounds.

    If nothing is wrong, at most 1 - confidence of all runs may miss any bound. Each of m
    comparisons therefore needs a confidence of 1 - (1 - confidence) / m, the Bonferroni correction,
    which holds however the comparisons are correlated.

    Args:
      measured: measures of the candidate.
      blessed: measures of the model blessed last, on the same examples and resamples; None if
        there is none.
      settings: the bounds.
    """
    comparisons = list(compare(measured, blessed, settings))
    needed = standard_errors(len(comparisons), settings.confidence)
    missed = [one for one in comparisons if one.excess > 0 and one.certainty >= needed]
    missed.sort(key=lambda one: (-one.certainty, len(one.cell.values)))
    return Judgment(len(comparisons), tuple(missed), needed)


def standard_errors(comparisons: int, confidence: float) -> float:
    """Returns by how many standard errors a bound must be missed, given all comparisons."""
    if not comparisons:
        return math.inf
    return NormalDist().inv_cdf(1 - (1 - confidence) / comparisons)


def explain(missed: Comparison, needed: float) -> Reason:
    """Converts a missed bound to a reason not to bless the model."""
    return Reason(
        kind=missed.kind,
        slice=missed.cell.name,
        measure=missed.measure.key,
        is_lower_bound=missed.measure.higher_is_better,
        bound=missed.bound,
        value=missed.value,
        low=missed.interval[0],
        high=missed.interval[1],
        examples=missed.examples,
        against=missed.against,
        other=missed.other,
        beyond_chance=missed.excess - needed * missed.error,
    )
