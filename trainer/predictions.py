"""Predictions of a model for the examples of a split, with their labels."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from trainer.features import UNKNOWN_LABEL
from trainer.tasks import Kind, Task

# A binary task predicts class 1 if its probability is above this.
THRESHOLD = 0.5


@dataclass(frozen=True)
class TaskPredictions:
    """The predictions of one task for n examples.

    Attributes:
      task: the task.
      labels: see Predictions.
      output: the served output, float64 [n, task.served_units].
    """

    task: Task
    labels: Mapping[str, np.ndarray]
    output: np.ndarray

    def take(self, indices: np.ndarray) -> "TaskPredictions":
        """Returns the predictions for some of the examples; indices is int64 [...]."""
        labels = {key: values[indices] for key, values in self.labels.items()}
        return TaskPredictions(self.task, labels, self.output[indices])

    @property
    def label(self) -> np.ndarray:
        """The labels of the task, int64 [n]."""
        return self.labels[self.task.label_key]

    @cached_property
    def known(self) -> np.ndarray:
        """Whether the label is known, bool [n]."""
        return self.label != UNKNOWN_LABEL

    @cached_property
    def predicted(self) -> np.ndarray:
        """The predicted values of a regression, float64 [n], or the classes, int64 [n]."""
        if self.task.kind is Kind.REGRESSION:
            return self.output[:, 0]
        if self.task.kind is Kind.BINARY:
            return (self.output[:, 0] > THRESHOLD).astype(np.int64)
        return self.output.argmax(axis=1)

    @cached_property
    def error(self) -> np.ndarray:
        """Predicted value minus label of a regression, float64 [n]; 0 if the label is unknown."""
        return np.where(self.known, self.predicted - self.label, 0.0)

    @cached_property
    def correct(self) -> np.ndarray:
        """Whether the predicted class is the label, bool [n]."""
        return self.predicted == self.label

    @cached_property
    def confidence(self) -> np.ndarray:
        """The probability of the predicted class, float64 [n]."""
        if self.task.kind is Kind.BINARY:
            return np.maximum(self.output[:, 0], 1 - self.output[:, 0])
        return self.output.max(axis=1)


@dataclass(frozen=True)
class Predictions:
    """The predictions of a model for n examples.

    Attributes:
      labels: by label key, int64 [n]. Unknown labels are features.UNKNOWN_LABEL; their ranges are
        at features.least_key and features.greatest_key.
      outputs: served outputs by output key, float64 [n, units].
    """

    labels: Mapping[str, np.ndarray]
    outputs: Mapping[str, np.ndarray]

    def __len__(self) -> int:
        return len(next(iter(self.labels.values())))

    def of(self, task: Task) -> TaskPredictions:
        return TaskPredictions(
            task, self.labels, np.asarray(self.outputs[task.output_key], np.float64)
        )
