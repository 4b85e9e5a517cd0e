"""Losses and metrics of labels of which some are not known.

The loss of a batch is still the mean over all its examples. So each label that is known counts
the same, however many of its batch there are; and where there are none, the loss is 0. A mean over
those that are known would give one alone in its batch the weight of a batch.
"""

import keras
from keras import ops

from trainer.features import UNKNOWN_LABEL

_PACKAGE = "utkface"


def _is_known(y_true: keras.KerasTensor) -> keras.KerasTensor:
    """Returns 1 for each label [batch, 1] that is known, 0 for others: float32 [batch]."""
    return ops.cast(y_true[:, 0] != UNKNOWN_LABEL, "float32")


@keras.saving.register_keras_serializable(_PACKAGE)
class MaskedLoss(keras.losses.Loss):
    """A loss that is 0 for examples whose label is features.UNKNOWN_LABEL."""

    def __init__(
        self,
        loss: keras.losses.Loss,
        stand_in: float = 0.0,
        reduction: str = "sum_over_batch_size",
        name: str | None = None,
    ):
        """Makes the loss.

        Args:
          loss: of labels [batch, 1].
          stand_in: a label for which `loss` is a number.
          reduction: over the batch.
          name: defaults to that of `loss`.
        """
        super().__init__(name=name or loss.name, reduction=reduction, dtype="float32")
        self._loss = loss
        self.stand_in = stand_in

    def call(self, y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
        """Returns [batch], of labels [batch, 1]."""
        # What is multiplied by 0 must be a number, and so must its gradient.
        labels = ops.where(y_true == UNKNOWN_LABEL, ops.cast(self.stand_in, y_true.dtype), y_true)
        return self._loss.call(labels, y_pred) * _is_known(y_true)

    def get_config(self) -> dict[str, object]:
        return {
            "loss": keras.saving.serialize_keras_object(self._loss),
            "stand_in": self.stand_in,
            "reduction": self.reduction,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config: dict[str, object]) -> "MaskedLoss":
        return cls(**{**config, "loss": keras.saving.deserialize_keras_object(config["loss"])})


@keras.saving.register_keras_serializable(_PACKAGE)
class MaskedMetric(keras.metrics.Metric):
    """A metric of the examples whose label is known; NaN as long as there is none."""

    def __init__(self, metric: keras.metrics.Metric, name: str | None = None):
        """Makes the metric.

        Args:
          metric: of labels [batch, 1].
          name: defaults to that of `metric`.
        """
        super().__init__(name=name or metric.name)
        self._metric = metric
        self._known = self.add_variable((), initializer="zeros", name="known")

    def update_state(
        self,
        y_true: keras.KerasTensor,
        y_pred: keras.KerasTensor,
        sample_weight: keras.KerasTensor | None = None,
    ) -> None:
        """Adds a batch of labels, [batch, 1]."""
        known = _is_known(y_true)
        self._known.assign_add(ops.sum(known))
        weights = known if sample_weight is None else known * sample_weight
        self._metric.update_state(y_true, y_pred, weights)

    def result(self) -> keras.KerasTensor:
        return ops.where(self._known > 0, self._metric.result(), float("nan"))

    def reset_state(self) -> None:
        self._metric.reset_state()
        self._known.assign(0.0)

    def get_config(self) -> dict[str, object]:
        return {"metric": keras.saving.serialize_keras_object(self._metric), "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, object]) -> "MaskedMetric":
        return cls(**{**config, "metric": keras.saving.deserialize_keras_object(config["metric"])})
