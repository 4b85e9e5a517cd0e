"""Outcomes of models that never were."""

import numpy as np

from components.fairness.outcomes import Outcomes
from trainer import features


def make_outcomes(examples: int, seed: int = 0, **changes: np.ndarray) -> Outcomes:
    """A middling model on people of all kinds; an array in changes takes an output's place."""
    generator = np.random.default_rng(seed)
    age = generator.integers(0, 90, examples)
    gender = generator.integers(0, 2, examples)
    race = generator.choice(len(features.RACES), examples, p=[0.5, 0.2, 0.15, 0.1, 0.05])
    certain = np.eye(len(features.RACES))[race] * 2
    races = np.exp(certain + generator.normal(size=(examples, len(features.RACES))))
    outputs = {
        "age_output": (age + generator.normal(0, 6, examples))[:, np.newaxis],
        "gender_output": 1 / (1 + np.exp(-generator.normal(3 * gender - 1.5, 1.5)))[:, np.newaxis],
        "race_output": races / races.sum(axis=1, keepdims=True),
        **changes,
    }
    return Outcomes.of({"age": age, "gender": gender, "race": race}, outputs, model="model")
