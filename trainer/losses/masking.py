"""Losses and metrics for labels that may be unknown.

The loss of a batch is still the mean over all its examples. Each known label counts the same,
whatever the number of known labels in its batch; without any, the loss is 0. A mean over the known
labels alone would give a single known label the weight of a whole batch.
"""

import keras
from keras import ops

from trainer.features import UNKNOWN_LABEL
from trainer.wrapping import WrappingLoss, WrappingMetric

_PACKAGE = "utkface"


def _is_known(y_true: keras.KerasTensor) -> keras.KerasTensor:
    """Returns 1 for known labels and 0 for unknown ones, float32 [batch], from [batch, 1]."""
    return ops.cast(y_true[:, 0] != UNKNOWN_LABEL, "float32")


@keras.saving.register_keras_serializable(_PACKAGE)
class MaskedLoss(WrappingLoss):
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
          loss: the wrapped loss, for labels [batch, 1].
          stand_in: a label for which `loss` is finite.
          reduction: reduction over the batch.
          name: defaults to the name of `loss`.
        """
        super().__init__(loss, reduction, name)
        self.stand_in = stand_in

    def call(self, y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
        """Returns losses [batch] for labels [batch, 1]."""
        # Multiplying by 0 masks a loss only if the loss and its gradient are finite.
        labels = ops.where(y_true == UNKNOWN_LABEL, ops.cast(self.stand_in, y_true.dtype), y_true)
        return self._loss.call(labels, y_pred) * _is_known(y_true)

    def get_config(self) -> dict[str, object]:
        return {**super().get_config(), "stand_in": self.stand_in}


@keras.saving.register_keras_serializable(_PACKAGE)
class MaskedMetric(WrappingMetric):
    """A metric over the examples with a known label; NaN before the first."""

    def __init__(self, metric: keras.metrics.Metric, name: str | None = None):
        """Makes the metric; see WrappingMetric."""
        super().__init__(metric, name)
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
        return ops.where(self._known > 0, super().result(), float("nan"))

    def reset_state(self) -> None:
        super().reset_state()
        self._known.assign(0.0)
