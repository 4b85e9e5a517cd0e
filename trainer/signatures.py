"""The serving signatures of the SavedModel."""

import functools
from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf
import tensorflow_transform as tft

from trainer import features
from trainer.augment.mirroring import average_mirrored
from trainer.models.age_heads import serving_model
from trainer.preprocessing import image_size_of, normalize, normalized_images

SERVING_DEFAULT = "serving_default"
SERVING_BYTES = "serving_bytes"
SERVING_PIXELS = "serving_pixels"


def make_signatures(
    model: keras.Model, transform_layer: tft.TransformFeaturesLayer
) -> dict[str, Callable[..., dict[str, tf.Tensor]]]:
    """Returns the signatures of a SavedModel.

    All return the outputs of trainer.models.build, with regressions decoded.

    - `serving_default` takes `examples`, string [batch]: serialized tf.Examples, of which it reads
      only the image.
    - `serving_bytes` takes `image_bytes`, string [batch]: encoded JPEG or PNG files.
    - `serving_pixels` takes `pixels`, uint8 of the size of the transform graph: RGB from 0 to 255,
      decoded and resized by the caller as in trainer.preprocessing. It uses no operation of the
      transform graph, so other formats can hold it.

    Encoded files are decoded as in the ingest: turned upright by the EXIF orientation, with
    transparent pixels on white. Files of other formats are refused, and the error names the
    expected formats. `utkface predict` does more than TensorFlow operations can: it refuses a
    damaged file that still decodes, and reads a CMYK JPEG without the Adobe marker, whose colors
    these signatures invert.

    Args:
      model: the serving_model of a trained model; see trainer.models.age_heads. The saved object
        must keep a reference to it.
      transform_layer: layer of the output of Transform.

    Raises:
      ValueError: if the images of the transform graph have another size.
    """

    # Tracing once for all signatures, and without AutoGraph (there is no Python to convert), each
    # halves the time to save.
    function = functools.partial(tf.function, autograph=False)
    shape = model.input.shape[1:]
    size = shape[0]
    mean, scale = _read_normalization(transform_layer, shape)

    @function(input_signature=[tf.TensorSpec([None, *shape], tf.float32)])
    def predict_normalized(images: tf.Tensor) -> dict[str, tf.Tensor]:
        return model(images, training=False)

    def predict_encoded(images: tf.Tensor) -> dict[str, tf.Tensor]:
        transformed = transform_layer({features.IMAGE_KEY: images})
        return predict_normalized(normalized_images(transformed, size))

    @function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def serve_examples(examples: tf.Tensor) -> dict[str, tf.Tensor]:
        spec = {features.IMAGE_KEY: tf.io.FixedLenFeature([], tf.string)}
        return predict_encoded(tf.io.parse_example(examples, spec)[features.IMAGE_KEY])

    @function(input_signature=[tf.TensorSpec([None], tf.string, name="image_bytes")])
    def serve_bytes(image_bytes: tf.Tensor) -> dict[str, tf.Tensor]:
        return predict_encoded(image_bytes)

    @function(input_signature=[tf.TensorSpec([None, *shape], tf.uint8, name="pixels")])
    def serve_pixels(pixels: tf.Tensor) -> dict[str, tf.Tensor]:
        return predict_normalized(normalize(pixels, mean, scale))

    return {
        SERVING_DEFAULT: serve_examples,
        SERVING_BYTES: serve_bytes,
        SERVING_PIXELS: serve_pixels,
    }


def _read_normalization(
    transform_layer: tft.TransformFeaturesLayer, shape: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the mean and the scale of each channel, float32 [1, 3], from the graph."""
    # Mean, scale and size are the same for every image.
    black = tf.io.encode_png(tf.zeros(shape, tf.uint8))
    transformed = transform_layer({features.IMAGE_KEY: black[tf.newaxis]})
    size = image_size_of(transformed[features.PIXELS_KEY][0])
    if size != shape[0]:
        raise ValueError(
            f"Expected a model for images of {size} x {size} pixels, as the transform graph makes "
            f"them. Received: a model for {shape[0]} x {shape[1]} pixels; train it on the examples "
            "of this graph."
        )
    keys = (features.CHANNEL_MEAN_KEY, features.CHANNEL_SCALE_KEY)
    mean, scale = (transformed[key].numpy() for key in keys)
    return mean, scale


class ServingModule(tf.Module):
    """Keeps references to everything that the signatures of a trained model need when saved."""

    def __init__(
        self,
        model: keras.Model,
        transform_output: tft.TFTransformOutput,
        *,
        mirrored: bool = False,
    ):
        """Prepares the signatures.

        Args:
          model: the trained model.
          transform_output: output of Transform.
          mirrored: whether to average the predictions of an image and its mirror image; see
            trainer.augment.mirroring.average_mirrored.
        """
        super().__init__()
        served = serving_model(model)
        if mirrored:
            served = average_mirrored(served)
        # TensorFlow's variables instead of the model, as in `keras.export.ExportArchive`.
        # TensorFlow would save a copy of each Keras variable, and restore only the copy where a
        # session loads the graph, as in TensorFlow Serving and BulkInferrer.
        self.saved_variables = [variable.value for variable in served.variables]
        self._make_signatures = functools.partial(make_signatures, served)
        # Not the layer: TensorFlow would save it as a separate model, and take longer for it than
        # for all the rest. The signatures hold its graph. The graph has no tables or files to save
        # with it; otherwise TensorFlow refuses to save.
        self._transform_output = transform_output

    def save(self, path: str) -> None:
        """Writes a SavedModel to a folder."""
        transform_layer = self._transform_output.transform_features_layer()
        tf.saved_model.save(self, path, signatures=self._make_signatures(transform_layer))
