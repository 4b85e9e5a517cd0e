"""Which bounds are missed, and not by chance."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from components.fairness.bootstrap import Measured
from components.fairness.comparisons import Comparison, compare
from components.fairness.settings import FairnessSettings
from components.fairness.told import WORDS


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


def explain(missed: Comparison, needed: float) -> str:
    """Says in one line what was expected of which slice, and what was found."""
    measure = missed.measure
    if missed.other is None:
        asked = f"at {'least' if measure.higher_is_better else 'most'} {missed.bound:.4g}"
    else:
        side = "below" if measure.higher_is_better else "above"
        asked = f"at most {missed.bound:.4g} {side} {missed.against}, {missed.other:.3g}"
    low, high = missed.interval
    least = missed.excess - needed * missed.error
    return (
        f"{missed.cell.name}: {WORDS[measure.key]}: expected {asked}; found {missed.value:.3g} "
        f"({low:.3g} to {high:.3g}) of {missed.examples:,} examples, {least:.2g} more than chance "
        "explains"
    )


def explain_all(judgement: Judgement) -> Sequence[str]:
    return [explain(missed, judgement.needed) for missed in judgement.missed]
