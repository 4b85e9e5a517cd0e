"""Building blocks of `compact` and `shared`: a small residual network, and the end of a branch.

Source of the blocks: He et al., "Deep Residual Learning for Image Recognition", CVPR 2016. Source
of their initial scale of 0: Goyal et al., "Accurate, Large Minibatch SGD", arXiv:1706.02677.
"""

from collections.abc import Sequence

import keras
from keras import layers

from trainer.models.batch_normalization import FusedBatchNormalization

# Stride 3: at full size, the first convolution would cost more than all others.
_STEM_KERNEL, _STEM_STRIDES = 5, 3
_KERNEL = 3
# With Keras's default of 0.99, the initial value still has half the weight after 70 steps.
BATCH_NORM_MOMENTUM = 0.95
_DROPOUT = 0.3


def backbone(inputs: keras.KerasTensor, widths: Sequence[int]) -> keras.KerasTensor:
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


def dropout(x: keras.KerasTensor) -> keras.KerasTensor:
    """Drops random features of a head, only in training."""
    return layers.Dropout(_DROPOUT)(x)


def output(x: keras.KerasTensor, units: int, activation: str, name: str) -> keras.KerasTensor:
    """Adds the last two layers of a branch, in float32: half precision is too low for a loss."""
    x = layers.Dense(units, dtype="float32")(x)
    return layers.Activation(activation, dtype="float32", name=name)(x)


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
