"""95% confidence intervals."""

import numpy as np

LEVEL = 0.95
# The (1 + LEVEL) / 2 quantile of the normal distribution.
_Z = 1.959963984540054


def finite_or_none(value: float | np.ndarray) -> float | None:
    """Returns a number as JSON can store it: None if it is NaN or infinite."""
    return float(value) if np.isfinite(value) else None


def percentile_interval(resampled: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the ends of the middle 95% of the resamples.

    Args:
      resampled: float64 [resamples, ...]; NaN if a resample has no value.

    Returns:
      Two float64 [...]; NaN if fewer than half of the resamples have a value.
    """
    defined = np.isfinite(resampled).mean(axis=0) >= 0.5 if len(resampled) else np.False_
    shape = resampled.shape[1:]
    ends = np.full((2, *shape), np.nan)
    if np.any(defined):
        tails = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
        ends[:, defined] = np.nanquantile(resampled[:, defined], tails, axis=0)
    return ends[0], ends[1]


def basic_interval(value: np.ndarray, resampled: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the ends of the basic bootstrap interval, also called reverse percentile interval.

    It suits a figure that noise biases in one direction, e.g. the gap between several values: the
    resamples exceed the observed value by as much as the observed value exceeds the truth. Source:
    Davison and Hinkley, "Bootstrap Methods and their Application", 1997, section 5.2.

    Args:
      value: observed value, float64 [...].
      resampled: see percentile_interval.
    """
    low, high = percentile_interval(resampled)
    return 2 * value - high, 2 * value - low


def wilson_interval(part: np.ndarray, whole: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the ends of the Wilson score interval of a share of examples.

    It suits a share better than the bootstrap, whose interval is 100% to 100% if, for example, all
    of three examples are correct. Source: Wilson, "Probable Inference, the Law of Succession, and
    Statistical Inference", JASA 1927.

    Args:
      part: float64 [...], at most `whole`.
      whole: float64 [...].

    Returns:
      Two float64 [...], 0 to 1; NaN if `whole` is 0.
    """
    part, whole = np.asarray(part, np.float64), np.asarray(whole, np.float64)
    n = np.where(whole > 0, whole, np.nan)
    share = part / n
    center = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z / (1 + _Z**2 / n) * np.sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
    return np.clip(center - half, 0, 1), np.clip(center + half, 0, 1)
