"""Which bounds are missed, and not by chance."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from components.fairness.judge.comparisons import Comparison, compare
from components.fairness.measure.bootstrap import Measured
from components.fairness.reason import Reason
from components.fairness.settings import FairnessSettings


@dataclass(frozen=True)
class Judgement:
    """What came of all comparisons.

    Attributes:
      made: how many bounds were held against how many slices.
      missed: those that are missed, and not by chance: the surest first.
      needed: the standard errors that a bound must be missed by.
    """

    made: int
    missed: tuple[Comparison, ...]
    needed: float

    @property
    def reasons(self) -> Sequence[Reason]:
        """The missed bounds, as reasons not to bless the model."""
        return [explain(one, self.needed) for one in self.missed]


def judge(measured: Measured, blessed: Measured | None, settings: FairnessSettings) -> Judgement:
    """Holds a model against the bounds.

    Each of m comparisons must be so sure that with nothing wrong one of them is missed in
    1 - confidence of all runs at most, whatever hangs together with what: at
    1 - (1 - confidence) / m, Bonferroni's correction.

    Args:
      measured: of the model in question.
      blessed: of the one that was blessed last, on the same examples and resamples.
      settings: the bounds.
    """
    comparisons = list(compare(measured, blessed, settings))
    needed = standard_errors(len(comparisons), settings.confidence)
    missed = [one for one in comparisons if one.excess > 0 and one.certainty >= needed]
    missed.sort(key=lambda one: (-one.certainty, len(one.cell.values)))
    return Judgement(len(comparisons), tuple(missed), needed)


def standard_errors(comparisons: int, confidence: float) -> float:
    """Returns how many standard errors one of so many comparisons must be missed by."""
    if not comparisons:
        return math.inf
    return NormalDist().inv_cdf(1 - (1 - confidence) / comparisons)


def explain(missed: Comparison, needed: float) -> Reason:
    """Returns a missed bound as a reason not to bless the model."""
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
