"""A model with a model inside it is treated as one of all their layers."""

import keras
import numpy as np
import pytest

from trainer.losses.task_losses import compile_model
from trainer.models.age_heads import serving_model
from trainer.models.macs import count_macs
from trainer.models.nested import leaf_layers, nested_models
from trainer.optimizers import make_optimizer
from trainer.runtime.precision import dtype_policy_scope
from trainer.settings.hyperparameters import Hyperparameters
from trainer.state.weight_transfer import find_difference, transfer_weights
from trainer.tasks import TASKS


def backbone(filters: int = 4, size: int = 8) -> keras.Model:
    """A network as those of keras.applications: an operation in it, and a model inside."""
    inputs = keras.Input((size, size, 3))
    x = keras.layers.Conv2D(filters, 3, padding="same")(inputs)
    innermost = keras.Sequential(
        [keras.Input((size, size, filters)), keras.layers.DepthwiseConv2D(3, padding="same")]
    )
    x = keras.layers.BatchNormalization()(x + innermost(x))
    return keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(x), name="backbone")


def nested(filters: int = 4, size: int = 8) -> keras.Model:
    inputs = keras.Input((size, size, 3))
    x = backbone(filters, size)(inputs)
    widths = {"age_output": 1, "gender_output": 1, "race_output": 5}
    ends = {"age_output": None, "gender_output": "sigmoid", "race_output": "softmax"}
    outputs = {
        name: keras.layers.Dense(width, ends[name], dtype="float32", name=name)(x)
        for name, width in widths.items()
    }
    return keras.Model(inputs, outputs, name="nested")


IMAGES = np.random.default_rng(0).normal(size=(6, 8, 8, 3)).astype("float32")
LABELS = {task.output_key: np.arange(6).reshape(-1, 1) % (task.maximum + 1) for task in TASKS}
SETTINGS = Hyperparameters(age_loss="mse", schedule="constant", learning_rate=0.01)


def learn(model: keras.Model, **changes: object) -> keras.Model:
    """Compiles a model and trains it for a step."""
    model = compile_model(model, SETTINGS.model_copy(update=changes), steps=10)
    model.fit(IMAGES, LABELS, verbose=0)
    return model


def test_layers_are_found_at_any_depth_and_models_are_none() -> None:
    model = nested()
    kinds = [type(layer).__name__ for layer in leaf_layers(model)]
    assert kinds.count("Dense") == 3 and "Functional" not in kinds and "Sequential" not in kinds
    assert {"Conv2D", "DepthwiseConv2D", "BatchNormalization"} < set(kinds)
    assert [inside.name for inside in nested_models(model)] == ["backbone"]


def test_multiplications_inside_count() -> None:
    inside = 8 * 8 * 4 * 3 * 3 * 3 + 8 * 8 * 4 * 3 * 3
    assert count_macs(nested()) == inside + 4 * (1 + 1 + 5)


def test_separable_convolutions_and_dense_layers_of_images_are_counted_by_hand() -> None:
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.SeparableConv2D(5, 3, strides=2, padding="same")(inputs)
    x = keras.layers.Dense(7)(x)
    macs = 4 * 4 * (3 * 3 * 3 + 3 * 5) + 4 * 4 * 5 * 7
    assert count_macs(keras.Model(inputs, x)) == macs


def test_a_model_of_images_of_any_size_has_no_count() -> None:
    inputs = keras.Input((None, None, 3))
    model = keras.Model(inputs, keras.layers.Conv2D(2, 3, name="first")(inputs))
    with pytest.raises(ValueError, match=r"a fixed image size\. Received: 'first'"):
        count_macs(model)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_what_is_exported_computes_in_float32_inside_as_well(policy: str) -> None:
    keras.utils.set_random_seed(3)
    with dtype_policy_scope(policy):
        model = nested()
    assert any(layer.compute_dtype != "float32" for layer in leaf_layers(nested_models(model)[0]))
    exported = serving_model(model)
    assert {layer.compute_dtype for layer in leaf_layers(exported)} == {"float32"}
    assert {inside.compute_dtype for inside in nested_models(exported)} == {"float32"}
    plain = nested()
    plain.set_weights(model.get_weights())
    for name, value in exported(IMAGES).items():
        np.testing.assert_allclose(value, plain(IMAGES)[name], rtol=1e-5, atol=1e-6)
        assert not np.array_equal(value, model(IMAGES)[name])


def test_float16_inside_scales_the_loss() -> None:
    with dtype_policy_scope("mixed_float16"):
        inside = backbone()
    inputs = keras.Input((8, 8, 3))
    x = inside(inputs)
    outputs = {
        task.output_key: keras.layers.Dense(units, end, dtype="float32", name=task.output_key)(x)
        for task, units, end in zip(TASKS, (1, 1, 5), (None, "sigmoid", "softmax"), strict=True)
    }
    model = compile_model(keras.Model(inputs, outputs), SETTINGS)
    assert isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)


def test_weight_decay_leaves_biases_and_normalisations_inside_alone() -> None:
    model = nested()
    optimizer = make_optimizer(SETTINGS.model_copy(update={"weight_decay": 0.5}))
    optimizer.build(model.trainable_variables)
    before = [np.array(variable) for variable in model.trainable_variables]
    optimizer.apply([variable * 0 for variable in model.trainable_variables])
    decayed = {
        variable.path
        for variable, value in zip(model.trainable_variables, before, strict=True)
        if not np.array_equal(variable, value) or (variable.name == "bias" and value.any())
    }
    kernels = {one.path for one in model.trainable_variables if "kernel" in one.name}
    assert decayed == kernels and len(kernels) == 5


def test_a_difference_inside_is_found_and_so_is_one_of_the_images() -> None:
    assert find_difference(nested(), nested()) is None
    told = find_difference(nested(filters=5), nested())
    assert told is not None and "Conv2D of float32[3, 3, 3, 5]" in told
    told = find_difference(nested(size=16), nested(size=8))
    assert told == "it takes images of [16, 16, 3], not of [8, 8, 3]"


@pytest.mark.parametrize("ema_decay", [0.0, 0.9])
def test_weights_statistics_and_moments_inside_are_taken_over(ema_decay: float) -> None:
    source = learn(nested(), ema_decay=ema_decay)
    settings = SETTINGS.model_copy(update={"ema_decay": ema_decay})
    model = compile_model(nested(), settings, steps=10)
    schedule = keras.optimizers.schedules.InverseTimeDecay(0.01, 1, 0.0)
    assert transfer_weights(source, model, schedule)
    for other, own in zip(source.weights, model.weights, strict=True):
        np.testing.assert_array_equal(other, own)
    states = [one.optimizer.variables for one in (source, model)]
    assert len(states[0]) == len(states[1])
    for other, own in zip(*states, strict=True):
        np.testing.assert_array_equal(other, own)
