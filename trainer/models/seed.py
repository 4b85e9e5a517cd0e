"""`seed`: the tutorial's network, layer for layer.

Source: "Bai 35 - Multitask Learning - Multi Branch" by Pham Dinh Khanh, section
4.2. The branches share only the input image.
"""

import keras
from keras import layers

from trainer.image_format import ImageFormat
from trainer.models.dropout import Dropout
from trainer.models.heads import make_heads
from trainer.settings.hyperparameters import Hyperparameters
from trainer.tasks import TASKS, Kind


def build_seed(hyperparameters: Hyperparameters, images: ImageFormat) -> keras.Model:
    """Builds the tutorial's network: 3,572,593 parameters with the tutorial's settings."""
    inputs = keras.Input(images.shape, name="image")
    branches = {Kind.REGRESSION: _regression_branch}
    outputs = make_heads(
        lambda task: branches.get(task.kind, _class_branch)(inputs), hyperparameters
    )
    # The tutorial's name.
    name = "_".join((*(task.name for task in TASKS), "net"))
    return keras.Model(inputs, outputs, name=name)


def _regression_branch(inputs: keras.KerasTensor) -> keras.KerasTensor:
    x = layers.DepthwiseConv2D(3, padding="same", activation="relu")(inputs)
    x = layers.BatchNormalization()(x)
    x = _convolve(x, 32)
    x = layers.MaxPooling2D(3)(x)
    x = Dropout(0.25)(x)
    for filters in (64, 128, 256, 1024):
        x = _convolve(x, filters)
    x = layers.MaxPooling2D(2)(x)
    x = layers.Flatten()(x)
    return layers.Activation("relu")(x)


def _class_branch(inputs: keras.KerasTensor) -> keras.KerasTensor:
    x = layers.MaxPooling2D(3)(_convolve(inputs, 16))
    x = Dropout(0.25)(x)
    x = layers.MaxPooling2D(2)(_convolve(x, 32))
    x = Dropout(0.25)(x)
    x = layers.MaxPooling2D(2)(_convolve(x, 32))
    x = layers.Flatten()(x)
    x = layers.Dense(128, activation="relu")(x)
    return layers.BatchNormalization()(x)


def _convolve(x: keras.KerasTensor, filters: int) -> keras.KerasTensor:
    x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    return layers.BatchNormalization()(x)
