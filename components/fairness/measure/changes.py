"""Changes from the model blessed last, on the same images."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from components.fairness.display import PAGE_MEASURES
from components.fairness.measure.bootstrap import Measured
from components.fairness.measure.intervals import percentile_interval


@dataclass(frozen=True)
class Change:
    """A measure of a slice, with both models.

    Attributes:
      slice: name of the slice.
      by: attributes of the slice.
      measure: key of the measure.
      before: value with the model blessed last.
      now: value with the candidate.
      low: lower end of the 95% interval of the difference `now - before`.
      high: upper end of the interval. Both models share their resamples, so the difficulty of the
        images cancels out.
    """

    slice: str
    by: tuple[str, ...]
    measure: str
    before: float
    now: float
    low: float
    high: float


def find_changes(
    measured: Measured, before: Measured | None, *, min_examples: int
) -> Iterator[Change]:
    """Yields a change for each displayed measure and each slice that is large enough.

    Args:
      measured: measures of the candidate.
      before: measures of the model blessed last; None if there is none.
      min_examples: minimum size of a slice; does not apply to all examples.
    """
    if before is None:
        return
    for key in PAGE_MEASURES:
        low, high = percentile_interval(measured.resampled[key] - before.resampled[key])
        counts = measured.counts_of(PAGE_MEASURES[key].task)
        for number, cell in enumerate(measured.cells):
            if cell.slicing and counts[number] < min_examples:
                continue
            values = before.observed[key][number], measured.observed[key][number]
            if np.isfinite([*values, low[number], high[number]]).all():
                yield Change(
                    slice=cell.name,
                    by=cell.slicing,
                    measure=key,
                    before=float(values[0]),
                    now=float(values[1]),
                    low=float(low[number]),
                    high=float(high[number]),
                )
