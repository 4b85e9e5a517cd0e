"""All serving signatures, from one function."""

import functools
from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf
import tensorflow_transform as tft

from trainer import features
from trainer.augment.mirroring import average_mirrored
from trainer.models.age_heads import serving_model
from trainer.preprocessing import image_size_of, normalise, normalised_images

SERVING_DEFAULT = "serving_default"
SERVING_BYTES = "serving_bytes"
SERVING_PIXELS = "serving_pixels"


def make_signatures(
    model: keras.Model, transform_layer: tft.TransformFeaturesLayer
) -> dict[str, Callable[..., dict[str, tf.Tensor]]]:
    """Returns the signatures of a SavedModel.

    All end in the outputs of trainer.models.build, regressions decoded. `serving_default`
    takes `examples`, serialised tf.Examples of which only the image is read;
    `serving_bytes` takes `image_bytes`, encoded JPEG or PNG files. Both inputs are
    string [batch]. `serving_pixels` takes `pixels`, uint8 of the size that the
    transform graph makes, for those that
    decode by themselves: RGB from 0 to 255, made as trainer.preprocessing makes them. It has
    none of the transform graph's operations, so that other formats can hold it.

    Encoded files are decoded as the ingest decodes them: upright by EXIF's orientation, and on
    white where they are transparent. Files of other formats are refused with what is expected.
    `utkface predict` checks and converts more, which TensorFlow's operations cannot: it refuses
    a file that is damaged but can be decoded, and reads a CMYK JPEG without Adobe's marker, of
    which these signatures take the colours for their opposites.

    Args:
      model: as trainer.models.age_heads.serving_model makes it of a trained one. What is saved must
        hold on to it.
      transform_layer: of the Transform component's output.

    Raises:
      ValueError: if the transform graph makes images of another size.
    """

    # Traced once for all of them, and without AutoGraph, for there is no Python to convert: either
    # would double the time of saving.
    function = functools.partial(tf.function, autograph=False)
    shape = model.input.shape[1:]
    size = shape[0]
    mean, scale = _normalisation(transform_layer, shape)

    @function(input_signature=[tf.TensorSpec([None, *shape], tf.float32)])
    def answer(images: tf.Tensor) -> dict[str, tf.Tensor]:
        return model(images, training=False)

    def predict(images: tf.Tensor) -> dict[str, tf.Tensor]:
        transformed = transform_layer({features.IMAGE_KEY: images})
        return answer(normalised_images(transformed, size))

    @function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def serve_examples(examples: tf.Tensor) -> dict[str, tf.Tensor]:
        spec = {features.IMAGE_KEY: tf.io.FixedLenFeature([], tf.string)}
        return predict(tf.io.parse_example(examples, spec)[features.IMAGE_KEY])

    @function(input_signature=[tf.TensorSpec([None], tf.string, name="image_bytes")])
    def serve_bytes(image_bytes: tf.Tensor) -> dict[str, tf.Tensor]:
        return predict(image_bytes)

    @function(input_signature=[tf.TensorSpec([None, *shape], tf.uint8, name="pixels")])
    def serve_pixels(pixels: tf.Tensor) -> dict[str, tf.Tensor]:
        return answer(normalise(pixels, mean, scale))

    return {
        SERVING_DEFAULT: serve_examples,
        SERVING_BYTES: serve_bytes,
        SERVING_PIXELS: serve_pixels,
    }


def _normalisation(
    transform_layer: tft.TransformFeaturesLayer, shape: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the mean and the scale of each channel, float32 [1, 3], out of the graph."""
    # They are the same beside any picture, and so is the size.
    black = tf.io.encode_png(tf.zeros(shape, tf.uint8))
    transformed = transform_layer({features.IMAGE_KEY: black[tf.newaxis]})
    size = image_size_of(transformed[features.PIXELS_KEY][0])
    if size != shape[0]:
        raise ValueError(
            f"Expected a model of the {size} x {size} pixels that the transform graph makes. "
            f"Received: one of {shape[0]} x {shape[1]}; train it on the examples of this graph."
        )
    keys = (features.CHANNEL_MEAN_KEY, features.CHANNEL_SCALE_KEY)
    mean, scale = (transformed[key].numpy() for key in keys)
    return mean, scale


class ServingModule(tf.Module):
    """Holds on to everything a trained model's signatures need, so that saving it saves them."""

    def __init__(
        self,
        model: keras.Model,
        transform_output: tft.TFTransformOutput,
        *,
        mirrored: bool = False,
    ):
        """Prepares the signatures.

        Args:
          model: a trained one.
          transform_output: of the Transform component.
          mirrored: whether to answer as trainer.augment.mirroring.average_mirrored says.
        """
        super().__init__()
        served = serving_model(model)
        if mirrored:
            served = average_mirrored(served)
        # TensorFlow's own variables, as `keras.export.ExportArchive` has it, and not the model: of
        # each Keras variable TensorFlow would save a copy, and restore that one alone where a
        # session loads the graph, as TensorFlow Serving and BulkInferrer do.
        self.saved_variables = [variable.value for variable in served.variables]
        self._make_signatures = functools.partial(make_signatures, served)
        # Not the layer: TensorFlow would save that as a model of its own, and take longer for it
        # than for all the rest. The signatures hold its graph, which has no tables or files that
        # would have to be saved beside it; TensorFlow refuses to save one that has.
        self._transform_output = transform_output

    def save(self, path: str) -> None:
        """Writes a SavedModel to a folder."""
        transform_layer = self._transform_output.transform_features_layer()
        tf.saved_model.save(self, path, signatures=self._make_signatures(transform_layer))
