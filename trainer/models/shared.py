"""`shared`: one trunk with one head per task, to compare with `compact`.

Source: "Bai 34 - Multitask Learning" by Pham Dinh Khanh, the tutorial before the source of `seed`.
Its tasks share all parameters up to the heads. The blocks are the blocks of `compact`.
"""

import keras

from trainer.image_format import ImageFormat
from trainer.models.blocks import backbone, dropout
from trainer.models.heads import make_heads
from trainer.settings.hyperparameters import Hyperparameters

# Chosen so that an image costs as many multiplications as in three branches of `compact`.
_WIDTHS = (32, 80, 160, 288)


def build_shared(hyperparameters: Hyperparameters, images: ImageFormat) -> keras.Model:
    """Builds one trunk whose features all heads use."""
    inputs = keras.Input(images.shape, name="image")
    trunk = backbone(inputs, _WIDTHS)
    outputs = make_heads(lambda _: dropout(trunk), hyperparameters)
    return keras.Model(inputs, outputs, name="shared")
