"""The 95% interval of each measure of each cell."""

from collections.abc import Mapping

import numpy as np

from components.fairness.bootstrap import Measured
from components.fairness.intervals import percentile_interval, wilson_interval
from components.fairness.measures import MEASURES

Ends = tuple[np.ndarray, np.ndarray]


def find_intervals(measured: Measured) -> Mapping[str, Ends]:
    """Returns the ends by measure, float64 [cells] each: Wilson's of shares, else the bootstrap's.

    NaN where the measure is not defined, or, of the bootstrap's, where a cell holds one example:
    a single one says nothing of how much others would vary.
    """
    shares = {one.key: one.share for one in MEASURES if one.share}
    found = {}
    for key, resampled in measured.resampled.items():
        if key in shares:
            part, whole = shares[key]
            found[key] = wilson_interval(measured.sums[part], measured.sums[whole])
        else:
            defined = np.isfinite(measured.observed[key]) & (measured.counts > 1)
            low, high = percentile_interval(resampled)
            found[key] = (np.where(defined, low, np.nan), np.where(defined, high, np.nan))
    return found
