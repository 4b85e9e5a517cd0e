"""Counts what a model computes, to compare architectures of equal cost."""

import math

import keras

from trainer.models.nested import leaf_layers

_KNOWN = (
    keras.layers.Dense,
    keras.layers.Conv2D,
    keras.layers.DepthwiseConv2D,
    keras.layers.SeparableConv2D,
)


def count_macs(model: keras.Model) -> int:
    """Returns the multiplications, each with its addition, of one image.

    Those of the kernels: the rest, such as normalisation and pooling, is little beside them.
    Models among the layers count with theirs.

    Raises:
      ValueError: if there are kernels of a kind that it does not know, or images of any size.
    """
    return sum(_layer_macs(layer) for layer in leaf_layers(model))


def _layer_macs(layer: keras.layers.Layer) -> int:
    if isinstance(layer, _KNOWN):
        # Of a dense layer all places but the last, which its kernel makes.
        shape = layer.output.shape
        places = shape[1:-1] if isinstance(layer, keras.layers.Dense) else shape[1:3]
        if None in places:
            raise ValueError(
                f"Expected a model of images of one size. Received: {layer.name!r}, whose output "
                f"is {shape}; build it with the shape of its images."
            )
        kernels = [weight for weight in layer.weights if "kernel" in weight.name]
        return math.prod(places) * sum(math.prod(kernel.shape) for kernel in kernels)
    if any("kernel" in weight.name for weight in layer.weights):
        raise ValueError(
            f"Expected kernels of {', '.join(kind.__name__ for kind in _KNOWN)} layers. "
            f"Received: {type(layer).__name__} {layer.name!r}; say here what it computes."
        )
    return 0
