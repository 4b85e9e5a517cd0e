"""The SavedModel: the same signatures and outputs whatever the model was trained for."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

from trainer import features
from trainer.age_heads import age_units, expected_age
from trainer.age_losses import AGE_LOSSES
from trainer.hyperparameters import Hyperparameters
from trainer.losses import compile_model
from trainer.precision import building_in
from trainer.signatures import SERVING_BYTES, SERVING_DEFAULT, ServingModule


class _Transform(tf.Module):
    """Takes serialised pixels for image files."""

    def __call__(self, inputs: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        images = inputs[features.IMAGE_KEY]
        shape = (tf.size(images), features.CHANNELS)
        return {
            features.PIXELS_KEY: images,
            features.CHANNEL_MEAN_KEY: tf.fill(shape, 100.0),
            features.CHANNEL_SCALE_KEY: tf.fill(shape, 0.1),
        }


def _model(age_loss: str) -> keras.Model:
    inputs = keras.Input(features.IMAGE_SHAPE)
    x = keras.layers.GlobalAveragePooling2D()(inputs)
    x = keras.layers.Dense(3)(x)

    def head(units: int, activation: str | None, name: str) -> keras.KerasTensor:
        return keras.layers.Dense(units, activation, dtype="float32", name=name)(x)

    return keras.Model(
        inputs,
        {
            features.AGE_OUTPUT: head(age_units(age_loss), None, features.AGE_OUTPUT),
            features.GENDER_OUTPUT: head(1, "sigmoid", features.GENDER_OUTPUT),
            features.RACE_OUTPUT: head(5, "softmax", features.RACE_OUTPUT),
        },
    )


def _save(model: keras.Model, path: str) -> None:
    transform_output = SimpleNamespace(transform_features_layer=_Transform)
    ServingModule(model, transform_output).save(path)


def _pictures(count: int) -> tuple[np.ndarray, list[bytes]]:
    pixels = np.random.default_rng(0).integers(0, 256, (count, *features.IMAGE_SHAPE), np.uint8)
    return pixels, [tf.io.serialize_tensor(one).numpy() for one in pixels]


@pytest.mark.parametrize("loss_weighting", ["fixed", "uncertainty"])
@pytest.mark.parametrize("age_loss", ["mse", *AGE_LOSSES])
def test_a_saved_model_says_an_age_in_years(tmp_path, age_loss, loss_weighting):
    settings = Hyperparameters(age_loss=age_loss, loss_weighting=loss_weighting)
    model = compile_model(_model(age_loss), settings)
    _save(model, str(tmp_path / "saved"))
    loaded = tf.saved_model.load(str(tmp_path / "saved"))
    pixels, encoded = _pictures(3)
    outputs = loaded.signatures[SERVING_BYTES](image_bytes=tf.constant(encoded))
    shapes = {name: tuple(value.shape) for name, value in outputs.items()}
    assert shapes == {"age_output": (3, 1), "gender_output": (3, 1), "race_output": (3, 5)}
    expected = model((pixels.astype("float32") - 100) * 0.1)
    age = expected["age_output"]
    age = age if age_loss == "mse" else expected_age(age)
    np.testing.assert_allclose(outputs["age_output"], age, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(outputs["race_output"], expected["race_output"], atol=1e-5)


def test_both_signatures_say_the_same_of_mixed_precision_in_float32(tmp_path):
    with building_in("mixed_bfloat16"):
        model = _model("cross_entropy")
    _save(model, str(tmp_path / "saved"))
    signatures = tf.saved_model.load(str(tmp_path / "saved")).signatures
    _, encoded = _pictures(2)
    examples = [
        tf.train.Example(
            features=tf.train.Features(
                feature={
                    features.IMAGE_KEY: tf.train.Feature(bytes_list=tf.train.BytesList(value=[one]))
                }
            )
        ).SerializeToString()
        for one in encoded
    ]
    one = signatures[SERVING_BYTES](image_bytes=tf.constant(encoded))
    other = signatures[SERVING_DEFAULT](examples=tf.constant(examples))
    for name, value in one.items():
        assert value.dtype == tf.float32
        np.testing.assert_array_equal(value, other[name])
    operations = signatures[SERVING_BYTES].graph.as_graph_def().SerializeToString()
    assert b"bfloat16" not in operations.lower()
    kinds = {
        tensor.dtype
        for operation in signatures[SERVING_BYTES].graph.get_operations()
        for tensor in operation.outputs
    }
    assert tf.bfloat16 not in kinds
