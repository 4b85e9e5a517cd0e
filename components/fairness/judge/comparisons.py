"""Compares each bound with the measured value of each slice."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from components.fairness.measure.bootstrap import Measured
from components.fairness.measure.cells import GROUPINGS, Cell
from components.fairness.reason import BLESSED_LAST, GAP, WORSE, WORST
from components.fairness.settings import Bounds, ByMeasure, FairnessSettings
from trainer.groups import AGE_BAND
from trainer.measures.measure import Direction, Measure
from trainer.measures.registry import MEASURES


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The comparison of a slice with a bound.

    Attributes:
      kind: WORST, GAP or WORSE.
      cell: the slice.
      examples: number of its examples with a known label.
      measure: the bounded measure.
      value: value of the slice.
      interval: ends of the 95% interval of `value`.
      against: name of the reference: the best slice for GAP, the model blessed last for WORSE.
      other: value of the reference; None for WORST.
      bound: the bound in the settings.
      excess: how far the bound is missed, in units of the measure; below 0 if it is met.
      error: standard error of the excess.
    """

    kind: str
    cell: Cell
    examples: int
    measure: Measure
    value: float
    interval: tuple[float, float]
    against: str
    other: float | None
    bound: float
    excess: float
    error: float

    @property
    def certainty(self) -> float:
        """The excess in standard errors."""
        if self.error > 0:
            return self.excess / self.error
        return np.inf if self.excess > 0 else -np.inf


def compare(
    measured: Measured, blessed: Measured | None, settings: FairnessSettings
) -> Iterator[Comparison]:
    """Yields all comparisons that the settings require.

    Args:
      measured: measures of the candidate.
      blessed: measures of the model blessed last, on the same examples and resamples; None if
        there is none.
      settings: the bounds.
    """
    comparer = _Comparer(measured, blessed)
    for attribute in GROUPINGS:
        by_age = attribute == (AGE_BAND.key,)
        bounds: ByMeasure = settings.age_bands if by_age else settings.groups
        cells = [n for n, cell in enumerate(measured.cells) if cell.slicing == attribute]
        for measure in MEASURES:
            counts = measured.counts_of(measure.task)
            groups = [number for number in cells if counts[number] >= settings.min_examples]
            yield from comparer.compare(groups, measure, getattr(bounds, measure.key))


@dataclass(frozen=True)
class _Reference:
    """The reference of a comparison: a slice of the same model or of the model blessed last."""

    name: str
    measured: Measured
    cell: int


class _Comparer:
    def __init__(self, measured: Measured, blessed: Measured | None):
        self._measured = measured
        self._blessed = blessed

    def compare(self, groups: list[int], measure: Measure, bounds: Bounds) -> Iterator[Comparison]:
        if bounds.worst is not None:
            for group in groups:
                yield self._make(WORST, group, measure, bounds.worst, None)
        if bounds.gap is not None and groups:
            values = _magnitude(measure, self._measured.observed[measure.key][groups])
            best = groups[int(np.argmin(measure.worse_sign * values))]
            reference = _Reference(self._measured.cells[best].name, self._measured, best)
            for group in groups:
                if group != best:
                    yield self._make(GAP, group, measure, bounds.gap, reference)
        if bounds.worse is not None and self._blessed:
            for group in groups:
                reference = _Reference(BLESSED_LAST, self._blessed, group)
                yield self._make(WORSE, group, measure, bounds.worse, reference)

    def _make(
        self, kind: str, group: int, measure: Measure, bound: float, reference: _Reference | None
    ) -> Comparison:
        key, sign = measure.key, measure.worse_sign
        value = self._measured.observed[key][group]
        resampled = _magnitude(measure, self._measured.resampled[key][:, group])
        other = None
        if reference is None:
            excess = sign * (_magnitude(measure, value) - bound)
        else:
            other = reference.measured.observed[key][reference.cell]
            others = reference.measured.resampled[key][:, reference.cell]
            excess = sign * (_magnitude(measure, value) - _magnitude(measure, other)) - bound
            resampled = resampled - _magnitude(measure, others)
        low, high = self._measured.intervals[key]
        return Comparison(
            kind=kind,
            cell=self._measured.cells[group],
            examples=int(self._measured.counts_of(measure.task)[group]),
            measure=measure,
            value=float(value),
            interval=(float(low[group]), float(high[group])),
            against=reference.name if reference else "",
            other=None if other is None else float(other),
            bound=bound,
            excess=float(excess),
            error=float(np.nanstd(resampled)),
        )


def _magnitude(measure: Measure, values: np.ndarray) -> np.ndarray:
    """Returns the values; for a measure that is best at 0, their absolute values."""
    return np.abs(values) if measure.direction is Direction.ZERO else values
