"""Cross-entropy with label smoothing.

Source: Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", CVPR 2016,
section 7. Keras's loss for integer classes has no argument for it.
"""

import keras
from keras import ops


@keras.saving.register_keras_serializable("utkface")
class SmoothedCategoricalCrossentropy(keras.losses.Loss):
    """-sum_c q[c] log p[c], nats, where q is 1 - s + s / n at the label and s / n elsewhere."""

    def __init__(
        self,
        label_smoothing: float = 0.0,
        reduction: str = "sum_over_batch_size",
        name: str = "smoothed_categorical_crossentropy",
    ):
        """Makes the loss.

        Args:
          label_smoothing: s, at least 0 and less than 1; 0 is the plain cross-entropy.
          reduction: reduction over the batch.
          name: name of the loss.
        """
        super().__init__(name=name, reduction=reduction, dtype="float32")
        self.label_smoothing = label_smoothing

    def call(self, y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
        """Returns losses [batch] for class numbers [batch, 1] and probabilities [batch, n]."""
        labels = ops.one_hot(ops.cast(y_true[:, 0], "int32"), y_pred.shape[-1])
        return keras.losses.categorical_crossentropy(
            labels, y_pred, label_smoothing=self.label_smoothing
        )

    def get_config(self) -> dict[str, object]:
        return {
            "label_smoothing": self.label_smoothing,
            "reduction": self.reduction,
            "name": self.name,
        }
