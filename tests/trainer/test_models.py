import keras
import numpy as np
import pytest

from trainer import features, models
from trainer.image_format import ImageFormat
from trainer.models.macs import count_macs
from trainer.runtime.precision import dtype_policy_scope
from trainer.settings.hyperparameters import Hyperparameters


def build(architecture: str, age_loss: str = "mse", size: int = 96, **settings: object):
    hyperparameters = Hyperparameters(architecture=architecture, age_loss=age_loss, **settings)
    return models.build(hyperparameters, ImageFormat(size))


def test_seed_is_the_tutorials_network_to_the_last_parameter():
    assert build("seed").count_params() == 3_572_593


@pytest.mark.parametrize("architecture", sorted(models.ARCHITECTURES))
def test_outputs_have_the_promised_shapes_and_ranges(architecture):
    keras.utils.set_random_seed(0)
    model = build(architecture)
    images = np.random.default_rng(0).normal(size=(2, *features.IMAGE_SHAPE)).astype("float32")
    outputs = {name: np.asarray(value) for name, value in model(images).items()}
    assert {name: value.shape for name, value in outputs.items()} == {
        "age_output": (2, 1),
        "gender_output": (2, 1),
        "race_output": (2, 5),
    }
    assert np.all((outputs["gender_output"] > 0) & (outputs["gender_output"] < 1))
    np.testing.assert_allclose(outputs["race_output"].sum(axis=1), 1, atol=1e-5)


def _weighted_layers(model: keras.Model) -> dict[str, set[str]]:
    """The layers with weights that each output depends on."""
    return {
        name: {layer.name for layer in keras.Model(model.input, output).layers if layer.weights}
        for name, output in model.output.items()
    }


@pytest.mark.parametrize("architecture", ["compact", "seed"])
def test_branches_share_nothing_but_the_image(architecture):
    model = build(architecture)
    age, gender, race = _weighted_layers(model).values()
    assert age and gender and race
    assert not age & gender and not age & race and not gender & race
    assert len(age | gender | race) == sum(1 for layer in model.layers if layer.weights)


def test_heads_of_shared_have_their_trunk_in_common():
    model = build("shared")
    age, gender, race = _weighted_layers(model).values()
    trunk = age & gender & race
    # Twelve convolutions, each with a normalisation; one layer a head.
    assert len(trunk) == 24
    assert age & gender == age & race == gender & race == trunk
    assert [len(layers - trunk) for layers in (age, gender, race)] == [1, 1, 1]


@pytest.mark.parametrize("architecture", sorted(models.ARCHITECTURES))
def test_the_age_may_be_a_distribution(architecture):
    model = build(architecture, age_loss="label_distribution")
    assert {name: output.shape for name, output in model.output.items()} == {
        "age_output": (None, 117),
        "gender_output": (None, 1),
        "race_output": (None, 5),
    }
    plain = build(architecture)
    (*_, kernel, _) = (
        w.shape for w in keras.Model(plain.input, plain.output["age_output"]).weights
    )
    added = 116 * (kernel[0] + 1)
    assert model.count_params() - plain.count_params() == added


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
@pytest.mark.parametrize("architecture", sorted(models.ARCHITECTURES))
def test_outputs_and_weights_are_float32_in_mixed_precision(architecture, policy):
    with dtype_policy_scope(policy):
        model = build(architecture)
    assert keras.config.dtype_policy().name == "float32"
    assert {output.dtype for output in model.output.values()} == {"float32"}
    assert {weight.dtype for weight in model.weights} == {"float32"}
    computed = {layer.compute_dtype for layer in model.layers if layer.weights}
    assert computed == {"float32", policy.removeprefix("mixed_")}


def test_macs_are_counted_by_hand():
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(5, 3, strides=2, padding="same")(inputs)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.DepthwiseConv2D(3, padding="valid")(x)
    x = keras.layers.Dense(7)(keras.layers.Flatten()(x))
    macs = 4 * 4 * 5 * 3 * 3 * 3 + 2 * 2 * 5 * 3 * 3 + 2 * 2 * 5 * 7
    assert count_macs(keras.Model(inputs, x)) == macs


def test_macs_of_an_unknown_layer_are_not_taken_for_none():
    inputs = keras.Input((8, 8, 3))
    outputs = keras.layers.Conv2DTranspose(2, 3, name="up")(inputs)
    with pytest.raises(ValueError, match="Received: Conv2DTranspose 'up'"):
        count_macs(keras.Model(inputs, outputs))


def test_shared_costs_what_compact_does():
    compact, shared = (count_macs(build(name)) for name in ("compact", "shared"))
    assert shared == pytest.approx(compact, rel=0.03)


def test_compact_costs_a_twenty_third_of_the_tutorials_network():
    compact, seed = (count_macs(build(name)) for name in ("compact", "seed"))
    assert seed / compact == pytest.approx(23, abs=0.1)
    assert build("compact").count_params() < build("seed").count_params()
