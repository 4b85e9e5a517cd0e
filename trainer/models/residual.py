"""`compact` and `shared`: small residual networks.

`compact` has an independent branch per task, small enough for a CPU. `shared` has one trunk with
one head per task, to compare with `compact`. Its source is "Bai 34 - Multitask Learning" by Pham
Dinh Khanh, the tutorial before the source of `seed`, whose tasks share all parameters up to the
heads.

Source of the blocks: He et al., "Deep Residual Learning for Image Recognition", CVPR 2016. Source
of their initial scale of 0: Goyal et al., "Accurate, Large Minibatch SGD", arXiv:1706.02677.
"""

from collections.abc import Sequence

import keras
from keras import layers

from trainer.image_format import ImageFormat
from trainer.models.batch_normalization import FusedBatchNormalization
from trainer.models.dropout import Dropout
from trainer.models.heads import make_heads
from trainer.settings.hyperparameters import Hyperparameters

# Stride 3: at full size, the first convolution would cost more than all others.
_STEM_KERNEL, _STEM_STRIDES = 5, 3
_KERNEL = 3
# With Keras's default of 0.99, the initial value still has half the weight after 70 steps.
BATCH_NORM_MOMENTUM = 0.95
_DROPOUT = 0.3
# Filters of each stage; see _backbone.
_COMPACT_WIDTHS = (16, 48, 96, 160)
# Chosen so that an image costs as many multiplications as in three branches of `compact`.
_SHARED_WIDTHS = (32, 80, 160, 288)


def build_compact(hyperparameters: Hyperparameters, images: ImageFormat) -> keras.Model:
    """Builds identical branches that share only the input image."""
    inputs = keras.Input(images.shape, name="image")
    outputs = make_heads(lambda _: dropout(_backbone(inputs, _COMPACT_WIDTHS)), hyperparameters)
    return keras.Model(inputs, outputs, name="compact")


def build_shared(hyperparameters: Hyperparameters, images: ImageFormat) -> keras.Model:
    """Builds one trunk whose features all heads use."""
    inputs = keras.Input(images.shape, name="image")
    trunk = _backbone(inputs, _SHARED_WIDTHS)
    outputs = make_heads(lambda _: dropout(trunk), hyperparameters)
    return keras.Model(inputs, outputs, name="shared")


def dropout(x: keras.KerasTensor) -> keras.KerasTensor:
    """Drops random features of a head, only in training."""
    return Dropout(_DROPOUT)(x)


def _backbone(inputs: keras.KerasTensor, widths: Sequence[int]) -> keras.KerasTensor:
    """Extracts features from images.

    Args:
      inputs: [batch, height, width, 3].
      widths: number of filters of each stage. The first stage works at a third of the image side,
        and each later stage at half the side of the previous stage.

    Returns:
      [batch, widths[-1]].
    """
    x = _activate(_convolve(inputs, widths[0], _STEM_KERNEL, strides=_STEM_STRIDES))
    x = _residual(x)
    for filters in widths[1:]:
        x = _residual(_activate(_convolve(x, filters, _KERNEL, strides=2)))
    return layers.GlobalAveragePooling2D()(x)


def _residual(x: keras.KerasTensor) -> keras.KerasTensor:
    """Adds a residual of two convolutions to x. The residual is initially 0."""
    filters = x.shape[-1]
    y = _activate(_convolve(x, filters, _KERNEL))
    y = _convolve(y, filters, _KERNEL, scale="zeros")
    return _activate(layers.Add()([x, y]))


def _convolve(
    x: keras.KerasTensor, filters: int, kernel: int, *, strides: int = 1, scale: str = "ones"
) -> keras.KerasTensor:
    x = layers.Conv2D(
        filters,
        kernel,
        strides=strides,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
    )(x)
    return FusedBatchNormalization(momentum=BATCH_NORM_MOMENTUM, gamma_initializer=scale)(x)


def _activate(x: keras.KerasTensor) -> keras.KerasTensor:
    return layers.Activation("relu")(x)
