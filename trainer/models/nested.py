"""Walks the layers of a model, including the layers of nested models."""

from collections.abc import Iterator

import keras


def nested_models(model: keras.Model) -> list[keras.Model]:
    """Returns the models among the layers of a model, e.g. a pretrained backbone."""
    return [layer for layer in model.layers if isinstance(layer, keras.Model)]


def leaf_layers(model: keras.Model) -> Iterator[keras.layers.Layer]:
    """Yields the layers of a model in order, with each nested model replaced by its layers."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from leaf_layers(layer)
        else:
            yield layer
