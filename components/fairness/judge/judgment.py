"""Judges a model: the bounds that it misses, and the improvements that it lacks."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from components.fairness.judge.comparisons import Comparison, compare
from components.fairness.measure.bootstrap import Measured
from components.fairness.measure.intervals import finite_or_none
from components.fairness.reason import BLESSED_LAST, IMPROVEMENT, Reason
from components.fairness.settings import ByMeasure, FairnessSettings
from trainer.measures.registry import MEASURES


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
        return [explain(comparison, self.needed) for comparison in self.missed]


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
    missed = [each for each in comparisons if each.excess > 0 and each.certainty >= needed]
    missed.sort(key=lambda comparison: (-comparison.certainty, len(comparison.cell.values)))
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


def find_shortfalls(
    measured: Measured, before: Measured | None, minimums: ByMeasure
) -> Iterator[Reason]:
    """Yields a reason for each measure that improves by less than its minimum.

    Chance is not taken into account: an improvement is meant to justify replacing the model.

    Args:
      measured: measures of the candidate.
      before: measures of the model blessed last, on the same examples; None skips the check.
      minimums: minimum improvements.
    """
    if before is None:
        return
    for measure in MEASURES:
        least = getattr(minimums, measure.key)
        if least is None:
            continue
        old, new = (float(model.observed[measure.key][0]) for model in (before, measured))
        if not measure.worse_sign * (old - new) >= least:
            low, high = (finite_or_none(ends[0]) for ends in measured.intervals[measure.key])
            yield Reason(
                kind=IMPROVEMENT,
                slice="all",
                measure=measure.key,
                is_lower_bound=measure.higher_is_better,
                bound=least,
                value=finite_or_none(new),
                low=low,
                high=high,
                examples=int(measured.counts_of(measure.task)[0]),
                against=BLESSED_LAST,
                other=finite_or_none(old),
            )
