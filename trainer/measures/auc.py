"""The area under the ROC curve, for many weightings of the same examples at once."""

import numpy as np


def weighted_auc(positive: np.ndarray, scores: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Returns the probability that a positive example scores higher; ties count half.

    Args:
      positive: bool [n].
      scores: float [n].
      weights: float [..., n], at least 0.

    Returns:
      float64 [...], 0 to 1: 1 is perfect, 0.5 is chance; NaN if positives or negatives have no
      weight.
    """
    order = np.argsort(scores, kind="stable")
    _, starts = np.unique(scores[order], return_index=True)
    ordered = weights[..., order].astype(np.float64)
    shape = (*weights.shape[:-1], 0)
    if not len(scores):
        return np.full(shape[:-1], np.nan)
    above, below = (
        np.add.reduceat(ordered * kind[order], starts, axis=-1) for kind in (positive, ~positive)
    )
    passed = np.cumsum(below, axis=-1) - below / 2
    pairs = above.sum(-1) * below.sum(-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(pairs > 0, (above * passed).sum(-1) / pairs, np.nan)
