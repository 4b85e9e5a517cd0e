"""`compact`: one independent branch per task, small enough for a CPU."""

import keras

from trainer.image_format import ImageFormat
from trainer.models.blocks import backbone, dropout
from trainer.models.heads import make_heads
from trainer.settings.hyperparameters import Hyperparameters

# Filters of each stage; see backbone.
_WIDTHS = (16, 48, 96, 160)


def build_compact(hyperparameters: Hyperparameters, images: ImageFormat) -> keras.Model:
    """Builds identical branches that share only the input image."""
    inputs = keras.Input(images.shape, name="image")
    outputs = make_heads(lambda _: dropout(backbone(inputs, _WIDTHS)), hyperparameters)
    return keras.Model(inputs, outputs, name="compact")
