"""A model's answer to a picture together with that to its mirror image."""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable("utkface")
class Mirror(keras.layers.Layer):
    """From images [batch, height, width, channels] to the same with left and right exchanged."""

    def call(self, images: keras.KerasTensor) -> keras.KerasTensor:
        return ops.flip(images, axis=2)

    def compute_output_spec(self, images: keras.KerasTensor) -> keras.KerasTensor:
        return keras.KerasTensor(images.shape, images.dtype)


def average_mirrored(model: keras.Model) -> keras.Model:
    """Returns a model that answers with the mean of two answers, one to the mirror image.

    A face has the same labels in the mirror, and the errors of the two answers are not the same.
    It costs two answers.

    Args:
      model: from one batch of images to a dict of outputs that have a mean: probabilities or
        numbers, not logits.
    """
    direct, mirrored = model(model.input), model(Mirror(name="mirror")(model.input))
    outputs = {
        name: layers.Average(name=f"mean_{name}")([direct[name], mirrored[name]]) for name in direct
    }
    return keras.Model(model.input, outputs, name=model.name)
