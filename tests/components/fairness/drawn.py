"""Outcomes of models that never were."""

import numpy as np

from components.fairness.outcomes import Outcomes
from trainer import features


def make_outcomes(
    examples: int, seed: int = 0, training: int = 0, **changes: np.ndarray
) -> Outcomes:
    """A middling model on people of all kinds, equally good to all of them.

    Args:
      examples: how many people.
      seed: of who they are.
      training: of what the model makes of them.
      **changes: arrays that take an output's place.
    """
    generator = np.random.default_rng(seed)
    age = generator.integers(0, 90, examples)
    gender = generator.integers(0, 2, examples)
    race = generator.choice(len(features.RACES), examples, p=[0.5, 0.2, 0.15, 0.1, 0.05])
    # Most of what is hard for one model is hard for the next.
    noise = _noise(np.random.default_rng((seed, 1)), examples) * 0.9
    noise += _noise(np.random.default_rng((seed, 2, training)), examples) * 0.19**0.5
    races = np.exp(np.eye(len(features.RACES))[race] * 2 + noise[:, 2:])
    outputs = {
        "age_output": age[:, np.newaxis] + 6 * noise[:, :1],
        "gender_output": 1 / (1 + np.exp(-1.5 * (2 * gender[:, np.newaxis] - 1 + noise[:, 1:2]))),
        "race_output": races / races.sum(axis=1, keepdims=True),
        **changes,
    }
    return Outcomes.of({"age": age, "gender": gender, "race": race}, outputs, model="model")


def _noise(generator: np.random.Generator, examples: int) -> np.ndarray:
    """Of the age, the gender, and each race."""
    return generator.normal(size=(examples, 2 + len(features.RACES)))
