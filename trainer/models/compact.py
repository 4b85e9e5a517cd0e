"""`compact`: independent branches, one a task, small enough for a CPU."""

import keras

from trainer.image_format import ImageFormat
from trainer.models.blocks import backbone, dropout
from trainer.models.heads import make_heads
from trainer.settings.hyperparameters import Hyperparameters

# At a third of the side, and then at half of what came before.
_WIDTHS = (16, 48, 96, 160)


def build_compact(hyperparameters: Hyperparameters, images: ImageFormat) -> keras.Model:
    """Builds equal branches that share nothing but the input image."""
    inputs = keras.Input(images.shape, name="image")
    outputs = make_heads(lambda _: dropout(backbone(inputs, _WIDTHS)), hyperparameters)
    return keras.Model(inputs, outputs, name="compact")
