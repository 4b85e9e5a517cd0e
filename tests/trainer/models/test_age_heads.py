import keras
import numpy as np
import pytest

from trainer import features, models
from trainer.image_format import ImageFormat
from trainer.losses.age_losses import AGE_LOSSES
from trainer.models.age_heads import (
    DecodedAgeError,
    ExpectedAge,
    expected_value,
    regression_metric,
    regression_units,
    serving_model,
)
from trainer.runtime.precision import dtype_policy_scope
from trainer.settings.hyperparameters import Hyperparameters
from trainer.tasks import AGE


def _certain(*ages: int) -> np.ndarray:
    logits = np.zeros((len(ages), 117), "float32")
    logits[np.arange(len(ages)), ages] = 200.0
    return logits


def test_certainty_of_an_age_is_that_age():
    decoded = np.asarray(expected_value(_certain(0, 1, 37, 116)))
    np.testing.assert_allclose(decoded, [[0], [1], [37], [116]], atol=1e-4)


def test_what_knows_nothing_says_the_middle_and_doubt_is_not_rounded():
    logits = np.full((2, 117), -200.0, "float32")
    logits[0] = 7.0
    logits[1, [20, 31]] = 0.0
    np.testing.assert_allclose(np.asarray(expected_value(logits)), [[58], [25.5]], rtol=1e-5)


@pytest.mark.parametrize(("dtype", "highest"), [("float32", 3e38), ("float16", 65504)])
def test_decoding_is_finite_and_float32_whatever_the_logits(dtype, highest):
    logits = np.full((2, 117), -highest, dtype)
    logits[0, 5] = highest
    decoded = expected_value(logits)
    assert keras.backend.standardize_dtype(decoded.dtype) == "float32"
    np.testing.assert_allclose(np.asarray(decoded), [[5], [58]], rtol=1e-5)


def test_the_metric_is_of_the_decoded_age_and_has_the_name_that_progress_shows():
    metric = regression_metric(AGE, 117)
    metric.update_state(np.array([[10.0], [20.0]]), _certain(12, 15))
    metric.update_state(np.array([[0.0]]), _certain(116))
    assert float(metric.result()) == pytest.approx((2 + 5 + 116) / 3, rel=1e-5)
    assert isinstance(metric, DecodedAgeError)
    assert {metric.name, regression_metric(AGE, 1).name} == {"mae"}


@pytest.mark.parametrize("age_loss", ["mse", *AGE_LOSSES])
def test_what_is_exported_says_years(age_loss):
    units = regression_units(AGE, age_loss)
    inputs = keras.Input((3,))
    outputs = {
        "age_output": keras.layers.Dense(units, name="age_output")(inputs),
        "gender_output": keras.layers.Dense(1, "sigmoid")(inputs),
    }
    model = keras.Model(inputs, outputs)
    x = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
    trained, exported = model(x), serving_model(model)(x)
    assert units == (1 if age_loss == "mse" else 117)
    assert exported["age_output"].shape == (4, 1)
    age = trained["age_output"] if units == 1 else expected_value(trained["age_output"])
    np.testing.assert_allclose(exported["age_output"], age, rtol=1e-6)
    np.testing.assert_array_equal(exported["gender_output"], trained["gender_output"])


def test_an_exported_model_survives_a_keras_file(tmp_path):
    model = serving_model(models.build(Hyperparameters(architecture="shared"), ImageFormat()))
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert any(isinstance(layer, ExpectedAge) for layer in loaded.layers)
    images = np.random.default_rng(0).normal(size=(2, *features.IMAGE_SHAPE)).astype("float32")
    np.testing.assert_array_equal(loaded(images)["age_output"], model(images)["age_output"])


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_what_was_trained_in_half_the_precision_is_exported_in_the_whole(policy):
    with dtype_policy_scope(policy):
        model = models.build(Hyperparameters(), ImageFormat())
    plain = models.build(Hyperparameters(), ImageFormat())
    plain.set_weights(model.get_weights())
    exported = serving_model(model)
    assert {layer.compute_dtype for layer in exported.layers} == {"float32"}
    assert "float32" not in {
        layer.compute_dtype for layer in model.layers if layer.name.startswith("conv")
    }
    images = np.random.default_rng(0).normal(size=(2, *features.IMAGE_SHAPE)).astype("float32")
    expected, got = serving_model(plain)(images), exported(images)
    for name, value in expected.items():
        np.testing.assert_allclose(got[name], value, rtol=1e-5)
        assert model(images)[name].dtype == "float32"
