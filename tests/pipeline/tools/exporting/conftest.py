"""A SavedModel as the Trainer saves it, without the training."""

from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

from trainer import features, models
from trainer.image_format import ImageFormat
from trainer.settings.hyperparameters import Hyperparameters
from trainer.signatures import ServingModule


class _Transform(tf.Module):
    """Decodes images of the right size; each channel has its own mean and scale."""

    def __call__(self, inputs: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        images = inputs[features.IMAGE_KEY]

        def serialise(image: tf.Tensor) -> tf.Tensor:
            return tf.io.serialize_tensor(tf.io.decode_png(image, channels=features.CHANNELS))

        count = tf.size(images)
        return {
            features.PIXELS_KEY: tf.map_fn(serialise, images),
            features.CHANNEL_MEAN_KEY: tf.tile([[150.0, 110.0, 95.0]], (count, 1)),
            features.CHANNEL_SCALE_KEY: tf.tile([[0.02, 0.015, 0.01]], (count, 1)),
        }


@pytest.fixture(scope="session")
def saved_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model whose predictions differ between images."""
    keras.utils.set_random_seed(7)
    model = models.build(Hyperparameters(architecture="shared"), ImageFormat())
    random = np.random.default_rng(7)
    for variable in model.variables:
        # Initially, residual blocks add nothing and batch normalization has no effect.
        if variable.path.endswith(("gamma", "moving_variance")):
            variable.assign(random.uniform(0.8, 1.2, variable.shape))
        elif variable.path.endswith(("beta", "moving_mean")):
            variable.assign(random.normal(0, 0.1, variable.shape))
    folder = tmp_path_factory.mktemp("models") / "saved"
    transform_output = SimpleNamespace(transform_features_layer=_Transform)
    ServingModule(model, transform_output, mirrored=True).save(str(folder))
    return folder
