"""Counts what a model computes, to compare architectures of equal cost."""

import math

import keras


def count_macs(model: keras.Model) -> int:
    """Returns the multiplications, each with its addition, of one image.

    Those of the kernels: the rest, such as normalisation and pooling, is little beside them.

    Raises:
      ValueError: if there are kernels of a kind that it does not know.
    """
    return sum(_layer_macs(layer) for layer in model.layers)


def _layer_macs(layer: keras.layers.Layer) -> int:
    if isinstance(layer, keras.layers.Dense):
        return math.prod(layer.kernel.shape)
    # A depthwise convolution is a Conv2D to nobody, but has a kernel just as well.
    if isinstance(layer, keras.layers.Conv2D | keras.layers.DepthwiseConv2D):
        places = math.prod(layer.output.shape[1:3])
        return places * math.prod(layer.kernel.shape)
    if any("kernel" in weight.name for weight in layer.weights):
        raise ValueError(
            f"Expected kernels of Dense, Conv2D and DepthwiseConv2D layers. "
            f"Received: {type(layer).__name__} {layer.name!r}; say here what it computes."
        )
    return 0
