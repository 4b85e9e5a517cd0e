"""`seed`: the tutorial's network, layer for layer.

Source: "Bai 35 - Multitask Learning - Multi Branch" by Pham Dinh Khanh, section
4.2, class AgeGenderRaceNet. Three branches share nothing but the input image.
"""

import keras
from keras import layers

from trainer import features
from trainer.models.blocks import output
from trainer.models.heads import head_activation, head_units
from trainer.tasks import TASKS, Kind, Task


def build_seed(age_units: int) -> keras.Model:
    """Builds the tutorial's network, which with one unit for the age has 3,572,593 parameters."""
    inputs = keras.Input(features.IMAGE_SHAPE, name="image")
    outputs = {task.output_key: _branch(inputs, task, age_units) for task in TASKS}
    return keras.Model(inputs, outputs, name="age_gender_race_net")


def _branch(inputs: keras.KerasTensor, task: Task, age_units: int) -> keras.KerasTensor:
    make = _regression_branch if task.kind is Kind.REGRESSION else _class_branch
    units, activation = head_units(task, age_units), head_activation(task)
    return output(make(inputs), units, activation, task.output_key)


def _regression_branch(inputs: keras.KerasTensor) -> keras.KerasTensor:
    x = layers.DepthwiseConv2D(3, padding="same", activation="relu")(inputs)
    x = layers.BatchNormalization()(x)
    x = _convolve(x, 32)
    x = layers.MaxPooling2D(3)(x)
    x = layers.Dropout(0.25)(x)
    for filters in (64, 128, 256, 1024):
        x = _convolve(x, filters)
    x = layers.MaxPooling2D(2)(x)
    x = layers.Flatten()(x)
    return layers.Activation("relu")(x)


def _class_branch(inputs: keras.KerasTensor) -> keras.KerasTensor:
    x = layers.MaxPooling2D(3)(_convolve(inputs, 16))
    x = layers.Dropout(0.25)(x)
    x = layers.MaxPooling2D(2)(_convolve(x, 32))
    x = layers.Dropout(0.25)(x)
    x = layers.MaxPooling2D(2)(_convolve(x, 32))
    x = layers.Flatten()(x)
    x = layers.Dense(128, activation="relu")(x)
    return layers.BatchNormalization()(x)


def _convolve(x: keras.KerasTensor, filters: int) -> keras.KerasTensor:
    x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    return layers.BatchNormalization()(x)
