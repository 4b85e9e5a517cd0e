"""Evaluates a measure over all examples, with equal weights."""

import numpy as np

from trainer.measures.measure import Measure
from trainer.measures.statistic import Ranked
from trainer.predictions import Predictions


def evaluate(measure: Measure, predictions: Predictions) -> float | None:
    """Returns the value of a measure; None if undefined."""
    found, statistic = predictions.of(measure.task), measure.statistic
    if isinstance(statistic, Ranked):
        value = statistic.value(found, np.ones(len(predictions)))
    else:
        sums = (np.asarray(column(found), np.float64).sum() for column in statistic.columns)
        value = statistic.value(*sums)
    return float(value) if np.isfinite(value) else None
