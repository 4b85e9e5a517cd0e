"""Walks the layers of a model, also those of the models inside it."""

from collections.abc import Iterator

import keras


def nested_models(model: keras.Model) -> list[keras.Model]:
    """Returns the models that a model has among its layers, such as a pretrained backbone."""
    return [layer for layer in model.layers if isinstance(layer, keras.Model)]


def leaf_layers(model: keras.Model) -> Iterator[keras.layers.Layer]:
    """Yields the layers of a model in order, and in the place of a nested model its layers."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from leaf_layers(layer)
        else:
            yield layer
