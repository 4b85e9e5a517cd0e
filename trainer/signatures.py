"""Both serving signatures, from one function."""

from collections.abc import Callable

import keras
import tensorflow as tf
import tensorflow_transform as tft

from trainer import features
from trainer.age_heads import serving_model
from trainer.preprocessing import normalised_images

SERVING_DEFAULT = "serving_default"
SERVING_BYTES = "serving_bytes"


def make_signatures(
    model: keras.Model, transform_layer: tft.TransformFeaturesLayer
) -> dict[str, Callable[..., dict[str, tf.Tensor]]]:
    """Returns the signatures of a SavedModel that starts from encoded images.

    Both end in the outputs of trainer.models.build, with the age in years. `serving_default`
    takes `examples`, serialised tf.Examples of which only the image is read;
    `serving_bytes` takes `image_bytes`, encoded JPEG or PNG files. Both inputs are
    string [batch].

    Args:
      model: as trainer.age_heads.serving_model makes it of a trained one. The transform graph
        lives in the transform layer, so what is saved must hold on to both.
      transform_layer: of the Transform component's output.
    """

    def predict(images: tf.Tensor) -> dict[str, tf.Tensor]:
        transformed = transform_layer({features.IMAGE_KEY: images})
        return model(normalised_images(transformed), training=False)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def serve_examples(examples: tf.Tensor) -> dict[str, tf.Tensor]:
        spec = {features.IMAGE_KEY: tf.io.FixedLenFeature([], tf.string)}
        return predict(tf.io.parse_example(examples, spec)[features.IMAGE_KEY])

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="image_bytes")])
    def serve_bytes(image_bytes: tf.Tensor) -> dict[str, tf.Tensor]:
        return predict(image_bytes)

    return {SERVING_DEFAULT: serve_examples, SERVING_BYTES: serve_bytes}


class ServingModule(tf.Module):
    """Holds on to everything a trained model's signatures need, so that saving it saves them."""

    def __init__(self, model: keras.Model, transform_output: tft.TFTransformOutput):
        super().__init__()
        self.model = serving_model(model)
        self.transform_layer = transform_output.transform_features_layer()

    def save(self, path: str) -> None:
        """Writes a SavedModel to a folder."""
        signatures = make_signatures(self.model, self.transform_layer)
        tf.saved_model.save(self, path, signatures=signatures)
