"""What differs from the model that was blessed last, on the same pictures."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from components.fairness.display import SHOWN
from components.fairness.measure.bootstrap import Measured

_LOW, _HIGH = 2.5, 97.5


@dataclass(frozen=True)
class Change:
    """One measure of one slice with both models.

    Attributes:
      slice: its name.
      by: its attributes.
      measure: the key.
      before: the value with the model blessed last.
      now: the value with the model in question.
      low: the lower end of the 95% interval of the difference `now - before`.
      high: its upper end. Both models have the same resamples, so that what is hard about the
        pictures cancels out.
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
    """Yields a change for each measure that is shown and each slice that is big enough.

    Args:
      measured: of the model in question.
      before: of the one that was blessed last; None if there is none.
      min_examples: slices with fewer are left out, but for all examples.
    """
    if before is None:
        return
    for key in SHOWN:
        low, high = _ends(measured.resampled[key] - before.resampled[key])
        counts = measured.counts_of(SHOWN[key].task)
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


def _ends(differences: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the percentiles by cell; NaN where no resample defines the difference."""
    defined = np.isfinite(differences).any(axis=0)
    ends = np.full((2, differences.shape[1]), np.nan)
    ends[:, defined] = np.nanpercentile(differences[:, defined], (_LOW, _HIGH), axis=0)
    return ends[0], ends[1]
