"""Scores of a SavedModel on raw examples."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from trainer.input_fn import read_records
from trainer.measures.columns import Aged
from trainer.measures.measure import Measure, Surface
from trainer.measures.registry import measures_on
from trainer.measures.statistic import Ranked
from trainer.measuring.predicting import predict_examples
from trainer.predictions import Predictions
from trainer.tasks import TASKS, Kind, Task

_BATCH_SIZE = 1024


def score_model(model: str, patterns: Sequence[str]) -> dict[str, Any]:
    """Measures a model; see score.

    Args:
      model: folder of a SavedModel with trainer.signatures.
      patterns: globs of raw examples, as UtkFaceExampleGen writes them.

    Raises:
      ValueError: if there are no examples.
    """
    return score(predict_examples(model, patterns))


def score(predictions: Predictions) -> dict[str, Any]:
    """Measures predictions.

    Returns:
      `examples`, their number; `examples_older`, the number of examples of at least
      `judged_from_age`, by the name of each task that has such an age; and `metrics`, the measures
      of `utkface compare` by key, None if undefined.
    """
    return {
        "examples": len(predictions),
        "examples_older": {
            task.name: int(Aged(task.judged_from_age)(predictions.of(task)).sum())
            for task in TASKS
            if task.judged_from_age
        },
        "metrics": {
            key: _evaluate(measure, predictions)
            for key, measure in measures_on(Surface.COMPARE).items()
        },
    }


def _evaluate(measure: Measure, predictions: Predictions) -> float | None:
    """Returns the value of a measure over all examples; None if undefined."""
    of_task, statistic = predictions.of(measure.task), measure.statistic
    if isinstance(statistic, Ranked):
        value = statistic.value(of_task, np.ones(len(predictions)))
    else:
        sums = (np.asarray(column(of_task), np.float64).sum() for column in statistic.columns)
        value = statistic.value(*sums)
    return float(value) if np.isfinite(value) else None


def score_majority(train_files: Sequence[str], patterns: Sequence[str]) -> dict[str, Any]:
    """Returns the accuracy of always predicting the most common class of the train split.

    Args:
      train_files: globs of transformed examples.
      patterns: globs of the examples to measure on.

    Returns:
      `class`, in words, and `accuracy`, 0 to 1, by the name of each multiclass task.
    """
    scores = {}
    for task in TASKS:
        if task.kind is Kind.MULTICLASS:
            counts = _count(patterns, task)
            majority = int(_count(train_files, task).argmax())
            scores[task.name] = {
                "class": task.classes[majority],
                "accuracy": float(counts[majority] / max(1, counts.sum())),
            }
    return scores


def _count(patterns: Sequence[str], task: Task) -> np.ndarray:
    """Returns the number of examples of each class."""
    spec = {task.label_key: tf.io.FixedLenFeature([], tf.int64)}
    counts = np.zeros(len(task.classes), np.int64)
    for batch in read_records(patterns).batch(_BATCH_SIZE):
        labels = tf.io.parse_example(batch, spec)[task.label_key].numpy()
        counts += np.bincount(labels, minlength=len(counts))
    return counts
