"""Whether a model is as much better than the one before as is asked, over all examples."""

from collections.abc import Iterator

from components.fairness.bootstrap import Measured
from components.fairness.cell_intervals import find_intervals
from components.fairness.measures import MEASURES
from components.fairness.settings import Improvement
from components.fairness.told import WORDS


def find_shortfalls(
    measured: Measured, before: Measured | None, asked: Improvement
) -> Iterator[str]:
    """Yields a line for each measure that is not as much better as is asked.

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
        least = getattr(asked, measure.key, None)
        if least is None:
            continue
        old, new = (float(one.observed[measure.key][0]) for one in (before, measured))
        better = new - old if measure.higher_is_better else old - new
        if not better >= least:
            low, high = (float(ends[0]) for ends in intervals[measure.key])
            side = "above" if measure.higher_is_better else "below"
            yield (
                f"all: {WORDS[measure.key]}: expected at least {least:.4g} {side} the model "
                f"blessed last, {old:.4g}; found {new:.4g} ({low:.3g} to {high:.3g}) of "
                f"{measured.counts[0]:,} examples"
            )
