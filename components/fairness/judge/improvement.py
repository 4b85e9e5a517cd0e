"""Checks the required improvement over the model blessed last, over all examples."""

from collections.abc import Iterator

from components.fairness.measure.bootstrap import Measured
from components.fairness.measure.cell_intervals import find_intervals
from components.fairness.measure.intervals import finite_or_none
from components.fairness.reason import BLESSED_LAST, IMPROVEMENT, Reason
from components.fairness.settings import Improvement
from trainer.measures.registry import MEASURES


def find_shortfalls(
    measured: Measured, before: Measured | None, minimums: Improvement
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
    intervals = find_intervals(measured)
    for measure in MEASURES:
        least = getattr(minimums, measure.key)
        if least is None:
            continue
        old, new = (float(one.observed[measure.key][0]) for one in (before, measured))
        if not measure.worse_sign * (old - new) >= least:
            low, high = (finite_or_none(ends[0]) for ends in intervals[measure.key])
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
