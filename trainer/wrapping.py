"""Losses and metrics that wrap, and serialize with, another loss or metric."""

from typing import Any

import keras


class WrappingLoss(keras.losses.Loss):
    """A loss that wraps another loss."""

    def __init__(
        self,
        loss: keras.losses.Loss,
        reduction: str = "sum_over_batch_size",
        name: str | None = None,
    ):
        """Makes the loss.

        Args:
          loss: the wrapped loss, for labels [batch, 1].
          reduction: reduction over the batch.
          name: defaults to the name of `loss`.
        """
        super().__init__(name=name or loss.name, reduction=reduction, dtype="float32")
        self._loss = loss

    def get_config(self) -> dict[str, object]:
        return {
            "loss": keras.saving.serialize_keras_object(self._loss),
            "reduction": self.reduction,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "WrappingLoss":
        return cls(**{**config, "loss": keras.saving.deserialize_keras_object(config["loss"])})


class WrappingMetric(keras.metrics.Metric):
    """A metric that wraps another metric."""

    def __init__(self, metric: keras.metrics.Metric, name: str | None = None):
        """Makes the metric.

        Args:
          metric: the wrapped metric, for labels [batch, 1].
          name: defaults to the name of `metric`.
        """
        super().__init__(name=name or metric.name)
        self._metric = metric

    def result(self) -> keras.KerasTensor:
        return self._metric.result()

    def reset_state(self) -> None:
        self._metric.reset_state()

    def get_config(self) -> dict[str, object]:
        return {"metric": keras.saving.serialize_keras_object(self._metric), "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "WrappingMetric":
        return cls(**{**config, "metric": keras.saving.deserialize_keras_object(config["metric"])})
