"""Calibration of a model, and its accuracy when it withholds uncertain predictions."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from trainer.measures.columns import CALIBRATION_BINS, bin_of
from trainer.predictions import Predictions, TaskPredictions
from trainer.tasks import TASKS

# Certainty thresholds for withholding predictions.
CERTAINTIES = tuple(float(step) for step in np.round(np.arange(0, 1, 0.05), 2))


@dataclass(frozen=True)
class Bin:
    """A calibration bin: examples predicted with similar certainty.

    Attributes:
      low: lower end of the bin, 0 to 1, inclusive; the `low` of the next bin is the upper end.
      examples: number of examples.
      certainty: mean certainty.
      accuracy: share of correct predictions.
    """

    low: float
    examples: int
    certainty: float
    accuracy: float


@dataclass(frozen=True)
class Coverage:
    """Coverage and accuracy if predictions below a certainty threshold are withheld.

    Attributes:
      certainty: the threshold.
      coverage: share of examples with a prediction, 0 to 1.
      accuracy: share of correct predictions among them; None if there are none.
    """

    certainty: float
    coverage: float
    accuracy: float | None


def calibrate(predictions: Predictions, chosen: np.ndarray) -> Mapping[str, list[Bin]]:
    """Returns the bins with examples, by the name of each classification task.

    Args:
      predictions: predictions for the whole split.
      chosen: mask of the examples to use, bool [n].
    """
    bins: dict[str, list[Bin]] = {}
    for name, predicted in _classifications(predictions).items():
        numbers = bin_of(predicted)
        bins[name] = [
            Bin(
                low=number / CALIBRATION_BINS,
                examples=int(members.sum()),
                certainty=float(predicted.confidence[members].mean()),
                accuracy=float(predicted.correct[members].mean()),
            )
            for number in range(CALIBRATION_BINS)
            if (members := chosen & (numbers == number)).any()
        ]
    return bins


def withhold(predictions: Predictions, chosen: np.ndarray) -> Mapping[str, list[Coverage]]:
    """Returns the coverage at each of CERTAINTIES, by task; see calibrate."""
    coverages: dict[str, list[Coverage]] = {}
    for name, predicted in _classifications(predictions).items():
        coverages[name] = []
        for threshold in CERTAINTIES:
            kept = chosen & (predicted.confidence >= threshold)
            coverages[name].append(
                Coverage(
                    certainty=threshold,
                    coverage=float(kept.sum() / max(1, chosen.sum())),
                    accuracy=float(predicted.correct[kept].mean()) if kept.any() else None,
                )
            )
    return coverages


def _classifications(predictions: Predictions) -> dict[str, TaskPredictions]:
    return {task.name: predictions.of(task) for task in TASKS if task.classes}
