"""`compact`: three independent branches small enough for a CPU."""

import keras

from trainer import features
from trainer.models.blocks import backbone, head

# At 32, 16, 8 and 4 pixels a side.
_WIDTHS = (16, 48, 96, 160)


def build_compact(age_units: int) -> keras.Model:
    """Builds three equal branches that share nothing but the input image."""
    inputs = keras.Input(features.IMAGE_SHAPE, name="image")

    def branch(units: int, activation: str, name: str) -> keras.KerasTensor:
        return head(backbone(inputs, _WIDTHS), units, activation, name)

    outputs = {
        features.AGE_OUTPUT: branch(age_units, "linear", features.AGE_OUTPUT),
        features.GENDER_OUTPUT: branch(1, "sigmoid", features.GENDER_OUTPUT),
        features.RACE_OUTPUT: branch(len(features.RACES), "softmax", features.RACE_OUTPUT),
    }
    return keras.Model(inputs, outputs, name="compact")
