"""`shared`: one trunk with three heads, to hold `compact` against.

Source: "Bai 34 - Multitask Learning" by Pham Dinh Khanh, the tutorial before the one of
`seed`, whose tasks share their parameters up to the heads. The blocks are those of `compact`.
"""

import keras

from trainer import features
from trainer.models.blocks import backbone, head

# So wide that an image costs as many multiplications as with `compact`'s three branches.
_WIDTHS = (32, 80, 160, 288)


def build_shared(age_units: int) -> keras.Model:
    """Builds one trunk whose features all three heads get."""
    inputs = keras.Input(features.IMAGE_SHAPE, name="image")
    trunk = backbone(inputs, _WIDTHS)
    outputs = {
        features.AGE_OUTPUT: head(trunk, age_units, "linear", features.AGE_OUTPUT),
        features.GENDER_OUTPUT: head(trunk, 1, "sigmoid", features.GENDER_OUTPUT),
        features.RACE_OUTPUT: head(trunk, len(features.RACES), "softmax", features.RACE_OUTPUT),
    }
    return keras.Model(inputs, outputs, name="shared")
