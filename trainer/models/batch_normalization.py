"""Keras's batch normalisation, by the one operation that TensorFlow has for it."""

from typing import Any

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("utkface")
class FusedBatchNormalization(keras.layers.BatchNormalization):
    """Normalises float [batch, height, width, channels] over all but the channels.

    Keras's own layer computes mean, variance and result one after the other, and so their
    gradients: a fifth of a small network's time on a CPU. This one's training differs in that
    the moving variance is that of a sample, n / (n - 1) times as large. It measures and serves
    exactly as Keras's own does.
    """

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Makes the weights.

        Raises:
          ValueError: if the inputs are no images with their channels last.
        """
        super().build(input_shape)
        if len(input_shape) != 4 or self.axis not in (-1, 3):
            raise ValueError(
                f"Expected inputs of [batch, height, width, channels], normalised over axis -1. "
                f"Received: {list(input_shape)}, over axis {self.axis}."
            )

    def call(self, inputs: tf.Tensor, training: bool | None = None, mask: Any = None) -> tf.Tensor:
        if not (training and self.trainable):
            return super().call(inputs, training=training, mask=mask)
        outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=tf.convert_to_tensor(self.gamma),
            offset=tf.convert_to_tensor(self.beta),
            mean=tf.zeros([0]),
            variance=tf.zeros([0]),
            epsilon=self.epsilon,
            is_training=True,
        )
        for moving, batch in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(moving * self.momentum + batch * (1.0 - self.momentum))
        return outputs
