"""What is summed over the examples of a cell; every measure but one is made of such sums."""

from dataclasses import dataclass

import numpy as np

from components.fairness.outcomes import Outcomes
from trainer import features

# An age within so many years of the label is close.
CLOSE_YEARS = 5
# Of equal width, over the probability of what was answered.
CALIBRATION_BINS = 10
COUNT = "count"


def make_columns(outcomes: Outcomes) -> dict[str, np.ndarray]:
    """Returns float64 [n] by name."""
    error = outcomes.age_answer - outcomes.age
    is_female = outcomes.gender == 1
    said_female = outcomes.gender_answer == 1
    columns = {
        COUNT: np.ones(len(outcomes)),
        "age_error": error,
        "age_absolute_error": np.abs(error),
        "age_squared_error": error**2,
        "age_close": np.abs(error) <= CLOSE_YEARS,
        "gender_right": is_female == said_female,
        "female": is_female,
        "male": ~is_female,
        "female_called_male": is_female & ~said_female,
        "male_called_female": ~is_female & said_female,
        "race_right": outcomes.race == outcomes.race_answer,
    }
    classes = range(len(features.RACES))
    for true in classes:
        columns[race(true)] = outcomes.race == true
        for said in classes:
            columns[confusion(true, said)] = (outcomes.race == true) & (
                outcomes.race_answer == said
            )
    for task, (certainty, right) in certainties(outcomes).items():
        bins = np.minimum((certainty * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
        for number in range(CALIBRATION_BINS):
            columns[excess(task, number)] = (bins == number) * (certainty - right)
    return {name: np.asarray(values, np.float64) for name, values in columns.items()}


def certainties(outcomes: Outcomes) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Returns by task how certain each answer is, float64 [n], and whether right, bool [n]."""
    return {
        "gender": (
            np.maximum(outcomes.female, 1 - outcomes.female),
            outcomes.gender == outcomes.gender_answer,
        ),
        "race": (outcomes.races.max(axis=1), outcomes.race == outcomes.race_answer),
    }


def race(true: int) -> str:
    """Names the column of the examples of one race."""
    return f"race_{true}"


def confusion(true: int, said: int) -> str:
    """Names the column of the examples of one race that were taken for one."""
    return f"race_{true}_called_{said}"


def excess(task: str, number: int) -> str:
    """Names the column of by how much a bin's certainty is above its share of right answers."""
    return f"{task}_excess_{number}"


@dataclass(frozen=True)
class Sums:
    """Weighted sums of the columns.

    Attributes:
      names: of the columns.
      values: float64 [..., cells, columns].
    """

    names: tuple[str, ...]
    values: np.ndarray

    def __getitem__(self, name: str) -> np.ndarray:
        """Returns a column's sums: float64 [..., cells]."""
        return self.values[..., self.names.index(name)]
