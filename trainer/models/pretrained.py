"""`pretrained`: a nested network of keras.applications, with one head per task."""

import importlib

import keras
from keras import ops

from trainer.image_format import ImageFormat
from trainer.models.heads import make_heads
from trainer.models.nested import leaf_layers
from trainer.models.pretrained_weights import load_weights
from trainer.models.residual import BATCH_NORM_MOMENTUM, dropout
from trainer.settings.hyperparameters import Hyperparameters
from trainer.settings.pretrained import PretrainedError, PretrainedSettings


def build_pretrained(hyperparameters: Hyperparameters, images: ImageFormat) -> keras.Model:
    """Builds the network in the settings, and loads its weights if they name a file.

    Raises:
      PretrainedError: if the network does not exist, does not accept images this small, or does
        not match the weights.
    """
    settings = hyperparameters.pretrained
    backbone = make_backbone(settings, images)
    inputs = keras.Input(images.shape, name="image")
    pixels = PixelRange(settings.application, images.mean, images.scale, name="pixel_range")
    features = backbone(pixels(inputs))
    outputs = make_heads(lambda _: dropout(features), hyperparameters)
    return keras.Model(inputs, outputs, name=f"pretrained_{settings.application}")


def make_backbone(settings: PretrainedSettings, images: ImageFormat) -> keras.Model:
    """Builds the network without its top, with the weights in the settings or random weights.

    Raises:
      PretrainedError: see build_pretrained.
    """
    build = getattr(keras.applications, settings.application, None)
    if not callable(build):
        raise PretrainedError(
            "Expected trainer.pretrained.application to be a network of keras.applications. "
            f"Found {settings.application!r}, which Keras {keras.__version__} does not have."
        )
    try:
        backbone = build(include_top=False, weights=None, input_shape=images.shape, pooling="avg")
    except ValueError as error:
        raise PretrainedError(
            f"Expected an image_size that {settings.application} takes. Found {images.size}: "
            f"{error}"
        ) from error
    for layer in leaf_layers(backbone):
        if isinstance(layer, keras.layers.BatchNormalization):
            # With MobileNetV3's 0.999, the initial value has a third of the weight after 1,000
            # steps.
            layer.momentum = min(layer.momentum, BATCH_NORM_MOMENTUM)
    if settings.weights:
        load_weights(backbone, settings)
    return backbone


@keras.saving.register_keras_serializable("utkface")
class PixelRange(keras.layers.Layer):
    """Converts normalized images to the value range that a keras.applications network expects.

    The layer undoes the normalization, which gives pixels from 0 to 255, and then applies the
    `preprocess_input` of the network. It computes in float32 whatever the precision of the model.
    """

    def __init__(
        self,
        application: str,
        mean: tuple[float, ...],
        scale: tuple[float, ...],
        **kwargs: object,
    ):
        """Makes the layer.

        Args:
          application: a name in keras.applications.
          mean, scale: see trainer.image_format.ImageFormat.
          **kwargs: see keras.layers.Layer.
        """
        super().__init__(**{**kwargs, "dtype": "float32"})
        self.application = application
        self.mean = tuple(mean)
        self.scale = tuple(scale)

    def call(self, images: keras.KerasTensor) -> keras.KerasTensor:
        pixels = images / ops.array(self.scale, "float32") + ops.array(self.mean, "float32")
        module = importlib.import_module(getattr(keras.applications, self.application).__module__)
        return module.preprocess_input(pixels)

    def compute_output_spec(self, images: keras.KerasTensor) -> keras.KerasTensor:
        return keras.KerasTensor(images.shape, "float32")

    def get_config(self) -> dict[str, object]:
        return {
            **super().get_config(),
            "application": self.application,
            "mean": list(self.mean),
            "scale": list(self.scale),
        }
