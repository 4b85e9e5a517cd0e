"""Keras's dropout, with the same masks whatever the number of replicas."""

from typing import Any

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("utkface")
class Dropout(keras.layers.Dropout):
    """Drops random values of inputs [batch, ...], in training only.

    All replicas have the same seed, and would drop the same values of different examples. So each
    draws the mask of the whole batch, and uses its own part.
    """

    def call(self, inputs: tf.Tensor, training: Any = False) -> tf.Tensor:
        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        if not training or replicas == 1:
            return super().call(inputs, training=training)
        number = tf.distribute.get_replica_context().replica_id_in_sync_group
        examples = tf.shape(inputs)[0]
        whole = tf.ones(tf.concat([[replicas * examples], tf.shape(inputs)[1:]], 0), inputs.dtype)
        masks = super().call(whole, training=True)
        return inputs * masks[number * examples : (number + 1) * examples]
