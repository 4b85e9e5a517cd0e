"""How a measure is computed: from sums over examples, or from their order.

Functions of sums are cheap to compute for many slices and resamples at once. Functions import
NumPy when called, because settings and command lines read the registry without it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from trainer.predictions import TaskPredictions

# From predictions to a number for each example: bool or float [n].
Column = Callable[["TaskPredictions"], "np.ndarray"]


def everyone(predictions: "TaskPredictions") -> "np.ndarray":
    """Counts the examples with a known label."""
    return predictions.known


def divide(part: "np.ndarray", whole: "np.ndarray") -> "np.ndarray":
    """Returns part / whole; NaN if the whole is 0."""
    import numpy as np

    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole > 0, part / np.where(whole > 0, whole, 1), np.nan)


@dataclass(frozen=True)
class Summed:
    """A function of weighted sums over examples.

    Attributes:
      columns: the columns to sum.
      value: from one sum per column, float64 [...] each, to float64 [...]; NaN if undefined.
    """

    columns: tuple[Column, ...]
    value: Callable[..., "np.ndarray"]


@dataclass(frozen=True)
class Share(Summed):
    """A share of examples, 0 to 1: a ratio of two sums, with a Wilson interval."""


@dataclass(frozen=True)
class Ranked:
    """A function of the order of the examples.

    Attributes:
      value: from predictions and weights, float [..., n], to float64 [...].
    """

    value: Callable[["TaskPredictions", "np.ndarray"], "np.ndarray"]


Statistic = Summed | Ranked


def mean(column: Column) -> Summed:
    """Returns the mean over the examples."""
    return Summed((column, everyone), divide)


def share(part: Column, whole: Column = everyone) -> Share:
    """Returns the share of the examples in `whole` that are in `part`."""
    return Share((part, whole), divide)
