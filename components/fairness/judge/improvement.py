"""Whether a model is as much better than the one before as is asked, over all examples."""

from collections.abc import Iterator

from components.fairness.measure.bootstrap import Measured
from components.fairness.measure.cell_intervals import find_intervals
from components.fairness.reason import BLESSED_LAST, IMPROVEMENT, Reason, defined
from components.fairness.settings import Improvement
from trainer.measures.registry import MEASURES


def find_shortfalls(
    measured: Measured, before: Measured | None, asked: Improvement
) -> Iterator[Reason]:
    """Yields a reason for each measure that is not as much better as is asked.

    Chance is not allowed for: what is asked here is that there be a reason to change the model.

    Args:
      measured: of the model in question.
      before: of the one that was blessed last, on the same examples; None asks nothing.
      asked: by how much it must be better.
    """
    if before is None:
        return
    intervals = find_intervals(measured)
    for measure in MEASURES:
        least = getattr(asked, measure.key)
        if least is None:
            continue
        old, new = (float(one.observed[measure.key][0]) for one in (before, measured))
        if not measure.worse_sign * (old - new) >= least:
            low, high = (defined(ends[0]) for ends in intervals[measure.key])
            yield Reason(
                kind=IMPROVEMENT,
                slice="all",
                measure=measure.key,
                is_lower_bound=measure.higher_is_better,
                bound=least,
                value=defined(new),
                low=low,
                high=high,
                examples=int(measured.counts_of(measure.task)[0]),
                against=BLESSED_LAST,
                other=defined(old),
            )
