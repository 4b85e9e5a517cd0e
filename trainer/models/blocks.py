"""What `compact` and `shared` are made of: a small residual network, and the end of a branch.

Source of the blocks: He et al., "Deep Residual Learning for Image Recognition", CVPR 2016; of
their first scale of 0: Goyal et al., "Accurate, Large Minibatch SGD", arXiv:1706.02677.
"""

from collections.abc import Sequence

import keras
from keras import layers

from trainer.models.batch_normalization import FusedBatchNormalization

# A third of the side at once: at full size the first convolution would cost more than the rest.
_STEM_KERNEL, _STEM_STRIDES = 5, 3
_KERNEL = 3
# Keras's own 0.99 is still half of what it began with after 70 steps.
BATCH_NORM_MOMENTUM = 0.95
_DROPOUT = 0.3


def backbone(inputs: keras.KerasTensor, widths: Sequence[int]) -> keras.KerasTensor:
    """Turns an image into features.

    Args:
      inputs: [batch, height, width, 3].
      widths: filters of each stage. The first one works at a third of the side, and each of the
        others at half of what the one before it did.

    Returns:
      [batch, widths[-1]].
    """
    x = _activate(_convolve(inputs, widths[0], _STEM_KERNEL, strides=_STEM_STRIDES))
    x = _residual(x)
    for filters in widths[1:]:
        x = _residual(_activate(_convolve(x, filters, _KERNEL, strides=2)))
    return layers.GlobalAveragePooling2D()(x)


def dropout(x: keras.KerasTensor) -> keras.KerasTensor:
    """Leaves out some of the features that a head gets, in training alone."""
    return layers.Dropout(_DROPOUT)(x)


def output(x: keras.KerasTensor, units: int, activation: str, name: str) -> keras.KerasTensor:
    """Adds the last two layers of a branch, in float32: half of it is too little for a loss."""
    x = layers.Dense(units, dtype="float32")(x)
    return layers.Activation(activation, dtype="float32", name=name)(x)


def _residual(x: keras.KerasTensor) -> keras.KerasTensor:
    """Adds to x what two convolutions make of it, which at first is nothing."""
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
