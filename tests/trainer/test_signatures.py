"""The SavedModel: the same signatures and outputs whatever the model was trained for."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.trainer.tutorial import tutorial
from trainer import features
from trainer.losses.age_losses import AGE_LOSSES
from trainer.losses.task_losses import compile_model
from trainer.models.age_heads import expected_value, regression_units
from trainer.runtime.precision import dtype_policy_scope
from trainer.signatures import SERVING_BYTES, SERVING_DEFAULT, SERVING_PIXELS, ServingModule
from trainer.tasks import AGE, GENDER, RACE


class _Transform(tf.Module):
    """Takes serialised pixels for image files, and every PNG for a black picture of 96 pixels."""

    def __call__(self, inputs: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        images = inputs[features.IMAGE_KEY]
        shape = (tf.size(images), features.CHANNELS)
        black = tf.io.serialize_tensor(tf.zeros(features.IMAGE_SHAPE, tf.uint8))
        is_png = tf.strings.regex_full_match(images, r"(?s)\CPNG\C*")
        return {
            features.PIXELS_KEY: tf.where(is_png, black, images),
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
            AGE.output_key: head(regression_units(AGE, age_loss), None, AGE.output_key),
            GENDER.output_key: head(1, "sigmoid", GENDER.output_key),
            RACE.output_key: head(5, "softmax", RACE.output_key),
        },
    )


def _save(model: keras.Model, path: str, *, mirrored: bool = False) -> None:
    transform_output = SimpleNamespace(transform_features_layer=_Transform)
    ServingModule(model, transform_output, mirrored=mirrored).save(path)


def _pictures(count: int) -> tuple[np.ndarray, list[bytes]]:
    pixels = np.random.default_rng(0).integers(0, 256, (count, *features.IMAGE_SHAPE), np.uint8)
    return pixels, [tf.io.serialize_tensor(one).numpy() for one in pixels]


@pytest.mark.parametrize("loss_weighting", ["fixed", "uncertainty"])
@pytest.mark.parametrize("age_loss", ["mse", *AGE_LOSSES])
def test_a_saved_model_says_an_age_in_years(tmp_path, age_loss, loss_weighting):
    settings = tutorial(age_loss=age_loss, loss_weighting=loss_weighting)
    model = compile_model(_model(age_loss), settings)
    _save(model, str(tmp_path / "saved"))
    loaded = tf.saved_model.load(str(tmp_path / "saved"))
    pixels, encoded = _pictures(3)
    outputs = loaded.signatures[SERVING_BYTES](image_bytes=tf.constant(encoded))
    shapes = {name: tuple(value.shape) for name, value in outputs.items()}
    assert shapes == {"age_output": (3, 1), "gender_output": (3, 1), "race_output": (3, 5)}
    expected = model((pixels.astype("float32") - 100) * 0.1)
    age = expected["age_output"]
    age = age if age_loss == "mse" else expected_value(age)
    np.testing.assert_allclose(outputs["age_output"], age, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(outputs["race_output"], expected["race_output"], atol=1e-5)


def test_the_mirror_image_has_the_same_say(tmp_path):
    inputs = keras.Input(features.IMAGE_SHAPE)
    flat = keras.layers.Flatten()(keras.layers.AveragePooling2D(24)(inputs))
    model = keras.Model(
        inputs,
        {
            AGE.output_key: keras.layers.Dense(117)(flat),
            GENDER.output_key: keras.layers.Dense(1, "sigmoid")(flat),
            RACE.output_key: keras.layers.Dense(5, "softmax")(flat),
        },
    )
    _save(model, str(tmp_path / "saved"), mirrored=True)
    answer = tf.saved_model.load(str(tmp_path / "saved")).signatures[SERVING_BYTES]
    pixels, encoded = _pictures(3)
    outputs = answer(image_bytes=tf.constant(encoded))
    mirror_images = [tf.io.serialize_tensor(one[:, ::-1]).numpy() for one in pixels]
    same = answer(image_bytes=tf.constant(mirror_images))
    images = (pixels.astype("float32") - 100) * 0.1
    direct, mirrored = model(images), model(images[:, :, ::-1])
    for name, values in outputs.items():
        np.testing.assert_allclose(same[name], values, rtol=1e-4)
        one, other = direct[name], mirrored[name]
        if name == AGE.output_key:
            # The mean of the two ages, not the age of the mean of the logits.
            one, other = expected_value(one), expected_value(other)
        assert not np.allclose(one, other, rtol=1e-3)
        np.testing.assert_allclose(values, (one + other) / 2, rtol=1e-4)


def test_both_signatures_say_the_same_of_mixed_precision_in_float32(tmp_path):
    with dtype_policy_scope("mixed_bfloat16"):
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


def test_pixels_get_the_answers_of_the_picture_without_its_decoding(tmp_path):
    _save(_model("cross_entropy"), str(tmp_path / "saved"), mirrored=True)
    signatures = tf.saved_model.load(str(tmp_path / "saved")).signatures
    pixels, encoded = _pictures(3)
    expected = signatures[SERVING_BYTES](image_bytes=tf.constant(encoded))
    for count in (1, 3):
        outputs = signatures[SERVING_PIXELS](pixels=tf.constant(pixels[:count]))
        assert outputs.keys() == expected.keys()
        for name, value in outputs.items():
            np.testing.assert_allclose(value, expected[name][:count], rtol=1e-5)
    (pixels_spec,) = signatures[SERVING_PIXELS].structured_input_signature[1].values()
    assert pixels_spec == tf.TensorSpec([None, *features.IMAGE_SHAPE], tf.uint8, name="pixels")
    library = signatures[SERVING_PIXELS].graph.as_graph_def().library
    kinds = {node.op for function in library.function for node in function.node_def}
    assert "MatMul" in kinds
    assert kinds.isdisjoint({"DecodeRaw", "DecodePng", "DecodeJpeg", "ParseTensor"})


def test_a_session_loads_the_weights_too(tmp_path) -> None:
    """TensorFlow Serving and BulkInferrer load the graph in a session."""
    path = str(tmp_path)
    _save(_model("mse"), path, mirrored=True)
    pixels, _ = _pictures(2)
    expected = tf.saved_model.load(path).signatures[SERVING_PIXELS](pixels=tf.constant(pixels))
    with tf.compat.v1.Session(graph=tf.Graph()) as session:
        loaded = tf.compat.v1.saved_model.loader.load(session, ["serve"], path)
        signature = loaded.signature_def[SERVING_PIXELS]
        found = session.run(
            {name: info.name for name, info in signature.outputs.items()},
            {signature.inputs["pixels"].name: pixels},
        )
    assert {name: values.tolist() for name, values in found.items()} == {
        name: values.numpy().tolist() for name, values in expected.items()
    }
