"""Whether a model is right as often as it is certain, and what it gains by keeping silent."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from components.fairness.columns import CALIBRATION_BINS, certainties
from components.fairness.outcomes import Outcomes

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


def calibrate(outcomes: Outcomes, chosen: np.ndarray) -> Mapping[str, list[Bin]]:
    """Returns the bins that hold examples, by task: gender and race.

    Args:
      outcomes: of the whole split.
      chosen: bool [n], the examples to look at.
    """
    found: dict[str, list[Bin]] = {}
    for task, (certainty, right) in certainties(outcomes).items():
        numbers = np.minimum((certainty * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
        found[task] = [
            Bin(
                low=number / CALIBRATION_BINS,
                examples=int(members.sum()),
                certainty=float(certainty[members].mean()),
                accuracy=float(right[members].mean()),
            )
            for number in range(CALIBRATION_BINS)
            if (members := chosen & (numbers == number)).any()
        ]
    return found


def withhold(outcomes: Outcomes, chosen: np.ndarray) -> Mapping[str, list[Coverage]]:
    """Returns what is left at each of CERTAINTIES, by task: gender and race; see calibrate."""
    found: dict[str, list[Coverage]] = {}
    for task, (certainty, right) in certainties(outcomes).items():
        found[task] = []
        for least in CERTAINTIES:
            answered = chosen & (certainty >= least)
            found[task].append(
                Coverage(
                    certainty=least,
                    coverage=float(answered.sum() / max(1, chosen.sum())),
                    accuracy=float(right[answered].mean()) if answered.any() else None,
                )
            )
    return found
