"""Averages the predictions for an image and its mirror image."""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable("utkface")
class Mirror(keras.layers.Layer):
    """Flips images [batch, height, width, channels] left to right."""

    def call(self, images: keras.KerasTensor) -> keras.KerasTensor:
        return ops.flip(images, axis=2)

    def compute_output_spec(self, images: keras.KerasTensor) -> keras.KerasTensor:
        return keras.KerasTensor(images.shape, images.dtype)


def average_mirrored(model: keras.Model) -> keras.Model:
    """Returns a model that averages the predictions for an image and its mirror image.

    A mirrored face has the same labels, and the errors of the two predictions differ. The cost
    doubles.

    Args:
      model: a model from a batch of images to a dict of outputs that can be averaged:
        probabilities or numbers, not logits.
    """
    direct, mirrored = model(model.input), model(Mirror(name="mirror")(model.input))
    outputs = {
        name: layers.Average(name=f"mean_{name}")([direct[name], mirrored[name]]) for name in direct
    }
    return keras.Model(model.input, outputs, name=model.name)
