"""The settings of the losses of the tasks, and their weights."""

from typing import Any, Literal

from pydantic import Field

from trainer.tasks import TASKS, Kind

RegressionLoss = Literal[
    "mse",
    "expectation_mse",
    "variance",
    "mse_cross_entropy",
    "cross_entropy",
    "label_distribution",
]
# Losses in squared units, with values far larger than a cross-entropy.
_SQUARED = ("mse", "expectation_mse", "variance")
_WEIGHT_OF_SQUARED = 0.03


def loss_fields() -> dict[str, Any]:
    """Returns the fields of Hyperparameters that depend on the tasks."""
    losses = {
        f"{task.name}_loss": (RegressionLoss, task.loss)
        for task in TASKS
        if task.kind is Kind.REGRESSION
    }
    weights = {
        f"{task.name}_loss_weight": (
            float | None if task.loss_weight is None else float,
            Field(default=task.loss_weight, ge=0),
        )
        for task in TASKS
    }
    sigma = (float, Field(default=2.0, ge=0.1, le=50))
    return {**losses, "label_distribution_sigma": sigma, **weights}


def default_weight(loss: str) -> float:
    """Returns the default weight of a loss."""
    return _WEIGHT_OF_SQUARED if loss in _SQUARED else 1.0
