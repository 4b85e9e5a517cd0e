"""Counts the operations of a model, to compare architectures at equal cost."""

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
    """Returns the number of multiply-adds per image.

    Only kernels count; other operations, e.g. normalization and pooling, are negligible. Nested
    models are included.

    Raises:
      ValueError: if a layer has an unknown kind of kernel, or the image size is not fixed.
    """
    return sum(_layer_macs(layer) for layer in leaf_layers(model))


def _layer_macs(layer: keras.layers.Layer) -> int:
    if isinstance(layer, _KNOWN):
        # The kernel of a dense layer computes the last axis; other axes count as positions.
        shape = layer.output.shape
        positions = shape[1:-1] if isinstance(layer, keras.layers.Dense) else shape[1:3]
        if None in positions:
            raise ValueError(
                f"Expected a model with a fixed image size. Received: {layer.name!r} with outputs "
                f"of {shape}; build the model with the shape of its images."
            )
        kernels = [weight for weight in layer.weights if "kernel" in weight.name]
        return math.prod(positions) * sum(math.prod(kernel.shape) for kernel in kernels)
    if any("kernel" in weight.name for weight in layer.weights):
        raise ValueError(
            f"Expected kernels of {', '.join(kind.__name__ for kind in _KNOWN)} layers. "
            f"Received: {type(layer).__name__} {layer.name!r}; add its kind to _KNOWN."
        )
    return 0
