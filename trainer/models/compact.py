"""`compact`: three independent branches small enough for a CPU."""

import keras
from keras import layers

from trainer import features

# Each stage halves the side before the next one: 96 -> 48 -> 24 -> 12 -> 6.
_STAGE_FILTERS = (16, 32, 48, 64)


def build_compact() -> keras.Model:
    """Builds three equal branches that share nothing but the input image."""
    inputs = keras.Input(features.IMAGE_SHAPE, name="image")
    outputs = {
        features.AGE_OUTPUT: _branch(inputs, 1, "linear", features.AGE_OUTPUT),
        features.GENDER_OUTPUT: _branch(inputs, 1, "sigmoid", features.GENDER_OUTPUT),
        features.RACE_OUTPUT: _branch(inputs, len(features.RACES), "softmax", features.RACE_OUTPUT),
    }
    return keras.Model(inputs, outputs, name="compact")


def _branch(inputs: keras.KerasTensor, units: int, activation: str, name: str) -> keras.KerasTensor:
    x = inputs
    for stage, filters in enumerate(_STAGE_FILTERS):
        # The first convolution strides: at full size it would cost more than the rest.
        x = layers.Conv2D(filters, 3, strides=1 if stage else 2, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization()(x)
        x = layers.Activation("relu")(x)
        x = layers.MaxPooling2D(2)(x)
    x = layers.Flatten()(x)
    x = layers.Dropout(0.25)(x)
    x = layers.Dense(64, activation="relu")(x)
    x = layers.Dense(units)(x)
    return layers.Activation(activation, name=name)(x)
