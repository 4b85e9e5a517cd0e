"""Columns that measures sum over examples: functions of predictions, comparable by value."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trainer.features import least_key
from trainer.tasks import AGE

if TYPE_CHECKING:
    import numpy as np

    from trainer.predictions import TaskPredictions

# Bins of equal width, over the probability of the predicted class.
CALIBRATION_BINS = 10


def error(predictions: "TaskPredictions") -> "np.ndarray":
    return predictions.error


def absolute_error(predictions: "TaskPredictions") -> "np.ndarray":
    return abs(predictions.error)


def squared_error(predictions: "TaskPredictions") -> "np.ndarray":
    return predictions.error**2


def correct(predictions: "TaskPredictions") -> "np.ndarray":
    return predictions.correct


@dataclass(frozen=True)
class Within:
    """Examples with an error of at most `units`."""

    units: float

    def __call__(self, predictions: "TaskPredictions") -> "np.ndarray":
        return (abs(predictions.error) <= self.units) & predictions.known


@dataclass(frozen=True)
class Labeled:
    """Examples of a class."""

    code: int

    def __call__(self, predictions: "TaskPredictions") -> "np.ndarray":
        return predictions.label == self.code


@dataclass(frozen=True)
class Confused:
    """Examples with a given label and predicted class, which may be equal."""

    label: int
    predicted: int

    def __call__(self, predictions: "TaskPredictions") -> "np.ndarray":
        return (predictions.label == self.label) & (predictions.predicted == self.predicted)


@dataclass(frozen=True)
class Aged:
    """Examples of people who are certainly of at least age `least`."""

    least: int

    def __call__(self, predictions: "TaskPredictions") -> "np.ndarray":
        age = predictions.labels[AGE.label_key]
        least = predictions.labels.get(least_key(AGE.label_key), age)
        return (age >= self.least) | (least >= self.least)


@dataclass(frozen=True)
class CorrectAged:
    """Correct predictions for people of at least age `least`."""

    least: int

    def __call__(self, predictions: "TaskPredictions") -> "np.ndarray":
        return predictions.correct & Aged(self.least)(predictions)


@dataclass(frozen=True)
class Overconfidence:
    """Confidence minus correctness, for the examples in one confidence bin."""

    number: int

    def __call__(self, predictions: "TaskPredictions") -> "np.ndarray":
        return (bin_of(predictions) == self.number) * (predictions.confidence - predictions.correct)


def bin_of(predictions: "TaskPredictions") -> "np.ndarray":
    """Returns the confidence bin of each example, int64 [n]."""
    bins = (predictions.confidence * CALIBRATION_BINS).astype(int)
    bins[bins == CALIBRATION_BINS] = CALIBRATION_BINS - 1
    return bins
