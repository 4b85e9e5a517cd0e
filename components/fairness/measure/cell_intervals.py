"""The 95% intervals of all measures of all cells."""

from collections.abc import Mapping

import numpy as np

from components.fairness.measure.bootstrap import Measured
from components.fairness.measure.intervals import percentile_interval, wilson_interval
from trainer.measures.registry import BY_KEY
from trainer.measures.statistic import Share

Ends = tuple[np.ndarray, np.ndarray]


def find_intervals(measured: Measured) -> Mapping[str, Ends]:
    """Returns the ends of the intervals by measure, float64 [cells] each.

    Shares have Wilson intervals, other measures bootstrap intervals. Ends are NaN if the measure is
    undefined. Bootstrap ends are also NaN for a cell with one example, which shows no variation.
    """
    intervals = {}
    for key, resampled in measured.resampled.items():
        measure = BY_KEY[key]
        if isinstance(measure.statistic, Share):
            intervals[key] = wilson_interval(
                *measured.sums.of(measure.task, *measure.statistic.columns)
            )
        else:
            defined = np.isfinite(measured.observed[key]) & (measured.counts_of(measure.task) > 1)
            low, high = percentile_interval(resampled)
            intervals[key] = (np.where(defined, low, np.nan), np.where(defined, high, np.nan))
    return intervals
