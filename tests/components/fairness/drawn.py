"""Simulated predictions."""

import numpy as np

from components.fairness.measure.predictions import check_predictions
from trainer.predictions import Predictions
from trainer.tasks import GENDER, RACE


class DrawnPredictions(Predictions):
    """Predictions with a property for each array that the tests use."""

    @property
    def age(self) -> np.ndarray:
        return self.labels["age"]

    @property
    def gender(self) -> np.ndarray:
        return self.labels["gender"]

    @property
    def race(self) -> np.ndarray:
        return self.labels["race"]

    @property
    def age_answer(self) -> np.ndarray:
        return self.outputs["age_output"][:, 0]

    @property
    def female(self) -> np.ndarray:
        return self.outputs["gender_output"][:, 0]

    @property
    def races(self) -> np.ndarray:
        return self.outputs["race_output"]

    @property
    def gender_answer(self) -> np.ndarray:
        return self.of(GENDER).predicted

    @property
    def race_answer(self) -> np.ndarray:
        return self.of(RACE).predicted

    def changed(self, **arrays: np.ndarray) -> "DrawnPredictions":
        """Returns a copy with some arrays replaced."""
        names = {"age_answer": "age_output", "female": "gender_output", "races": "race_output"}
        labels = {key: arrays.pop(key) for key in self.labels if key in arrays}
        outputs = {names[key]: one.reshape(len(one), -1) for key, one in arrays.items()}
        return DrawnPredictions({**self.labels, **labels}, {**self.outputs, **outputs})


def make_predictions(
    examples: int, seed: int = 0, training: int = 0, **changes: np.ndarray
) -> DrawnPredictions:
    """Simulates a mediocre model that is equally accurate for all groups.

    Args:
      examples: number of examples.
      seed: seed of the examples.
      training: seed of the model.
      **changes: arrays that replace outputs, by name of the output.
    """
    generator = np.random.default_rng(seed)
    age = generator.integers(0, 90, examples)
    gender = generator.integers(0, 2, examples)
    race = generator.choice(len(RACE.classes), examples, p=[0.5, 0.2, 0.15, 0.1, 0.05])
    # Most examples that are hard for one model are hard for another.
    noise = _noise(np.random.default_rng((seed, 1)), examples) * 0.9
    noise += _noise(np.random.default_rng((seed, 2, training)), examples) * 0.19**0.5
    races = np.exp(np.eye(len(RACE.classes))[race] * 2 + noise[:, 2:])
    outputs = {
        "age_output": age[:, np.newaxis] + 6 * noise[:, :1],
        "gender_output": 1 / (1 + np.exp(-1.5 * (2 * gender[:, np.newaxis] - 1 + noise[:, 1:2]))),
        "race_output": races / races.sum(axis=1, keepdims=True),
        **changes,
    }
    labels = {"age": age, "gender": gender, "race": race}
    found = DrawnPredictions(labels, outputs)
    check_predictions(found, model="model")
    return found


def _noise(generator: np.random.Generator, examples: int) -> np.ndarray:
    """Draws noise for age, gender and each race."""
    return generator.normal(size=(examples, 2 + len(RACE.classes)))
