from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.trainer.tutorial import tutorial
from trainer.losses.age_losses import AGE_LOSSES
from trainer.losses.task_losses import compile_model
from trainer.runtime.precision import dtype_policy_scope
from trainer.tasks import AGE, GENDER, RACE


def _constant_heads(
    inputs: keras.KerasTensor, dtype: str | None = None
) -> dict[str, keras.KerasTensor]:
    """Heads that do not depend on their input: age 10, female 0.5, race uniform."""
    age = keras.layers.Dense(
        1,
        kernel_initializer="zeros",
        bias_initializer=keras.initializers.Constant(10.0),
        dtype=dtype,
    )
    gender = keras.layers.Dense(1, "sigmoid", kernel_initializer="zeros", dtype=dtype)
    race = keras.layers.Dense(5, "softmax", kernel_initializer="zeros", dtype=dtype)
    return {
        AGE.output_key: age(inputs),
        GENDER.output_key: gender(inputs),
        RACE.output_key: race(inputs),
    }


@pytest.fixture
def model() -> keras.Model:
    inputs = keras.Input((1,))
    return keras.Model(inputs, _constant_heads(inputs))


def _evaluate(model: keras.Model, age: float = 12.0) -> dict[str, float]:
    labels = {
        AGE.output_key: np.array([[age]]),
        GENDER.output_key: np.array([[1.0]]),
        RACE.output_key: np.array([[3]]),
    }
    return model.evaluate(np.zeros((1, 1)), labels, verbose=0, return_dict=True)


def test_loss_is_the_tutorials_weighted_sum(model):
    compile_model(model, tutorial())
    expected = 0.03 * (12 - 10) ** 2 + np.log(2) + np.log(5)
    assert _evaluate(model)["loss"] == pytest.approx(expected, rel=1e-5)


def test_weights_of_the_losses_are_settings(model):
    compile_model(model, tutorial(age_loss_weight=1, gender_loss_weight=0, race_loss_weight=0))
    assert _evaluate(model)["loss"] == pytest.approx(4.0, rel=1e-5)


def test_metrics_have_the_names_that_progress_shows(model):
    compile_model(model, tutorial())
    assert {"age_output_mae", "gender_output_accuracy", "race_output_accuracy"} <= set(
        _evaluate(model)
    )


@pytest.mark.parametrize("step", [0, 1, 214, 10_700])
def test_learning_rate_decays_as_keras_2_did(model, step):
    compile_model(model, tutorial(learning_rate=0.005, epochs=50))
    model.optimizer.iterations.assign(step)
    rate = float(np.asarray(model.optimizer.learning_rate))
    assert rate == pytest.approx(0.005 / (1 + (0.005 / 50) * step), rel=1e-5)


@pytest.mark.parametrize("age_loss", ["cross_entropy", "expectation_mse"])
def test_the_loss_of_the_age_is_a_setting_and_its_error_is_in_years(age_loss):
    inputs = keras.Input((1,))
    # Ages 9 and 13 as likely as each other, and no others.
    logits = np.full(117, -200.0)
    logits[[9, 13]] = 0.0
    head = keras.layers.Dense(
        117, kernel_initializer="zeros", bias_initializer=lambda shape, dtype: logits
    )
    plain = _constant_heads(inputs)
    model = keras.Model(inputs, {**plain, AGE.output_key: head(inputs)})
    compile_model(model, tutorial(age_loss=age_loss, age_loss_weight=0.5))
    logs = _evaluate(model, age=13.0)
    age = {"cross_entropy": np.log(2), "expectation_mse": 4.0}[age_loss]
    assert logs["loss"] == pytest.approx(0.5 * age + np.log(2) + np.log(5), rel=1e-5)
    assert logs["age_output_mae"] == pytest.approx(2.0, rel=1e-5)


@pytest.mark.parametrize(("age_loss", "units"), [("variance", 117), ("mse", 1)])
def test_a_head_of_another_loss_is_refused(age_loss, units):
    architecture_units = 118 - units
    inputs = keras.Input((1,))
    age = keras.layers.Dense(architecture_units)(inputs)
    outputs = {**_constant_heads(inputs), AGE.output_key: age}
    with pytest.raises(
        ValueError,
        match=f"have {units} units, for age_loss='{age_loss}'.*: {architecture_units} units;",
    ):
        compile_model(keras.Model(inputs, outputs), tutorial(age_loss=age_loss))


def test_fixed_weights_leave_the_model_what_it_is(model):
    assert compile_model(model, tutorial()) is model
    assert not model.jit_compile


def test_the_weight_of_the_age_follows_its_loss():
    weights = {loss: tutorial(age_loss=loss).loss_weight_of(AGE) for loss in ("mse", *AGE_LOSSES)}
    squared = {loss for loss, weight in weights.items() if weight == 0.03}
    assert squared == {"mse", "expectation_mse", "variance"}
    assert set(weights.values()) == {0.03, 1.0}
    assert tutorial(age_loss_weight=0.5).loss_weight_of(AGE) == 0.5


def test_smoothed_labels_cost_what_they_share_out(model):
    race = keras.layers.Dense(
        5,
        "softmax",
        kernel_initializer="zeros",
        bias_initializer=lambda shape, dtype: np.log([0.1, 0.2, 0.3, 0.25, 0.15]),
    )
    inputs = model.input
    model = keras.Model(inputs, {**model.output, RACE.output_key: race(inputs)})
    model = compile_model(model, tutorial(label_smoothing=0.2, age_loss_weight=0))
    # A half of it either way costs the same, whatever the label of the gender.
    shares = 0.04 * np.log([0.1, 0.2, 0.3, 0.15]).sum() + 0.84 * np.log(0.25)
    assert _evaluate(model)["loss"] == pytest.approx(np.log(2) - shares, rel=1e-5)


def test_xla_compiles_if_asked_to(model):
    compile_model(model, tutorial(jit_compile=True))
    assert model.jit_compile
    expected = 0.03 * (12 - 10) ** 2 + np.log(2) + np.log(5)
    assert _evaluate(model)["loss"] == pytest.approx(expected, rel=1e-5)


def test_xla_is_refused_where_variables_are_mirrored(model, monkeypatch):
    strategy = SimpleNamespace(num_replicas_in_sync=2)
    monkeypatch.setattr(tf.distribute, "get_strategy", lambda: strategy)
    with pytest.raises(ValueError, match=r"one device.*Received: 2 devices; set trainer\.jit"):
        compile_model(model, tutorial(jit_compile=True))


def test_a_schedule_that_needs_the_number_of_steps_gets_it(model):
    compile_model(model, tutorial(schedule="cosine", learning_rate=0.1), steps=10)
    model.optimizer.iterations.assign(10)
    assert float(model.optimizer.learning_rate) == pytest.approx(0, abs=1e-8)


def test_float16_scales_the_loss_even_when_loaded_from_a_file(tmp_path):
    with dtype_policy_scope("mixed_float16"):
        inputs = keras.Input((1,))
        hidden = keras.layers.Dense(2)(inputs)
        model = keras.Model(inputs, _constant_heads(hidden, dtype="float32"))
    compile_model(model, tutorial(ema_decay=0.9))
    _evaluate(model)
    model.optimizer.build(model.trainable_variables)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    for one in (model, loaded):
        assert isinstance(one.optimizer, keras.optimizers.LossScaleOptimizer)
        assert one.optimizer.inner_optimizer.use_ema
    assert len(loaded.optimizer.variables) == len(model.optimizer.variables)
