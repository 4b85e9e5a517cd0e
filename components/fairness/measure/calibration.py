"""Whether a model is right as often as it is certain, and what it gains by keeping silent."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from trainer.measures.columns import CALIBRATION_BINS, bin_of
from trainer.predictions import Predictions, TaskPredictions
from trainer.tasks import TASKS

# At which certainties the gain of keeping silent is told.
CERTAINTIES = tuple(float(step) for step in np.round(np.arange(0, 1, 0.05), 2))


@dataclass(frozen=True)
class Bin:
    """The examples that a model answered about as certainly.

    Attributes:
      low: the least certainty, 0 to 1; the next bin's is the first that is not in it.
      examples: how many.
      certainty: their mean certainty.
      accuracy: the share of right answers.
    """

    low: float
    examples: int
    certainty: float
    accuracy: float


@dataclass(frozen=True)
class Coverage:
    """What is left if answers of less certainty are withheld.

    Attributes:
      certainty: the least that is answered.
      coverage: the share of examples that are answered, 0 to 1.
      accuracy: the share of right ones among them; None if there are none.
    """

    certainty: float
    coverage: float
    accuracy: float | None


def calibrate(predictions: Predictions, chosen: np.ndarray) -> Mapping[str, list[Bin]]:
    """Returns the bins that hold examples, by the name of each classification task.

    Args:
      predictions: of the whole split.
      chosen: bool [n], the examples to look at.
    """
    found: dict[str, list[Bin]] = {}
    for name, one in _classifications(predictions).items():
        numbers = bin_of(one)
        found[name] = [
            Bin(
                low=number / CALIBRATION_BINS,
                examples=int(members.sum()),
                certainty=float(one.confidence[members].mean()),
                accuracy=float(one.correct[members].mean()),
            )
            for number in range(CALIBRATION_BINS)
            if (members := chosen & (numbers == number)).any()
        ]
    return found


def withhold(predictions: Predictions, chosen: np.ndarray) -> Mapping[str, list[Coverage]]:
    """Returns what is left at each of CERTAINTIES, by task; see calibrate."""
    found: dict[str, list[Coverage]] = {}
    for name, one in _classifications(predictions).items():
        found[name] = []
        for least in CERTAINTIES:
            answered = chosen & (one.confidence >= least)
            found[name].append(
                Coverage(
                    certainty=least,
                    coverage=float(answered.sum() / max(1, chosen.sum())),
                    accuracy=float(one.correct[answered].mean()) if answered.any() else None,
                )
            )
    return found


def _classifications(predictions: Predictions) -> dict[str, TaskPredictions]:
    return {task.name: predictions.of(task) for task in TASKS if task.classes}
