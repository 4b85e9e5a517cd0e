"""How good a SavedModel is on raw examples."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from trainer import features
from trainer.answers import Arrays, answer_examples
from trainer.input_fn import read_records
from trainer.rebalancing import count_groups

# The gender of a small child cannot be told by its face.
MIN_GROWN_AGE = 15


def score_model(model: str, patterns: Sequence[str]) -> dict[str, Any]:
    """Measures a model; see score.

    Args:
      model: the folder of a SavedModel with trainer.signatures.
      patterns: globs of raw examples, as UtkFaceExampleGen writes them.

    Raises:
      ValueError: if there are no examples.
    """
    return score(*answer_examples(model, patterns))


def score(labels: Arrays, outputs: Arrays) -> dict[str, Any]:
    """Measures predictions.

    Args:
      labels: `age`, `gender` and `race`, int64 [n] each.
      outputs: `age_output` float32 [n, 1], years, as it is served; `gender_output` float32
        [n, 1], of `female`; `race_output` float32 [n, 5].

    Returns:
      `examples`; `examples_15_and_older`; and `metrics`: `age_mae`, years, 0 is perfect, and
      accuracies, 0 to 1, 1 is perfect: `gender_accuracy`, `gender_accuracy_15_and_older`,
      which is None where nobody is so old, and `race_accuracy`.
    """
    age = outputs[features.AGE_OUTPUT][:, 0].astype(np.float64)
    female = outputs[features.GENDER_OUTPUT][:, 0] > 0.5
    right_gender = female == labels[features.GENDER_KEY].astype(bool)
    right_race = outputs[features.RACE_OUTPUT].argmax(axis=1) == labels[features.RACE_KEY]
    grown = labels[features.AGE_KEY] >= MIN_GROWN_AGE
    return {
        "examples": len(age),
        "examples_15_and_older": int(grown.sum()),
        "metrics": {
            "age_mae": float(np.abs(age - labels[features.AGE_KEY]).mean()),
            "gender_accuracy": float(right_gender.mean()),
            "gender_accuracy_15_and_older": (
                float(right_gender[grown].mean()) if grown.any() else None
            ),
            "race_accuracy": float(right_race.mean()),
        },
    }


def score_majority(train_files: Sequence[str], patterns: Sequence[str]) -> dict[str, Any]:
    """Returns what always answering the commonest race of the train split comes to.

    Args:
      train_files: globs of transformed examples.
      patterns: globs of the examples to measure on.

    Returns:
      `race`, in words, and `race_accuracy`, 0 to 1.
    """
    commonest = int(_count_races(train_files).argmax())
    counts = _count_races(patterns)
    return {
        "race": features.RACES[commonest],
        "race_accuracy": float(counts[commonest] / max(1, counts.sum())),
    }


def _count_races(patterns: Sequence[str]) -> np.ndarray:
    groups = np.array(count_groups(read_records(patterns)))
    return groups.reshape(len(features.RACES), len(features.GENDERS)).sum(axis=1)
