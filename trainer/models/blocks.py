"""What `compact` and `shared` are made of."""

from collections.abc import Sequence

import keras
from keras import layers


def backbone(inputs: keras.KerasTensor, widths: Sequence[int]) -> keras.KerasTensor:
    """Turns an image into features.

    Args:
      inputs: [batch, height, width, 3].
      widths: filters of each stage; a stage halves the side before the next one, and the first
        one does so twice.

    Returns:
      [batch, features].
    """
    x = inputs
    for stage, filters in enumerate(widths):
        # The first convolution strides: at full size it would cost more than the rest.
        x = layers.Conv2D(filters, 3, strides=1 if stage else 2, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization()(x)
        x = layers.Activation("relu")(x)
        x = layers.MaxPooling2D(2)(x)
    return layers.Flatten()(x)


def head(x: keras.KerasTensor, units: int, activation: str, name: str) -> keras.KerasTensor:
    """Turns features into one output: float32 [batch, units] whatever the precision before it."""
    x = layers.Dropout(0.25)(x)
    x = layers.Dense(64, activation="relu")(x)
    return output(x, units, activation, name)


def output(x: keras.KerasTensor, units: int, activation: str, name: str) -> keras.KerasTensor:
    """Adds the last two layers of a branch, in float32: half of it is too little for a loss."""
    x = layers.Dense(units, dtype="float32")(x)
    return layers.Activation(activation, dtype="float32", name=name)(x)
