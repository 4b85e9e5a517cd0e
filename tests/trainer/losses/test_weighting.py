import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from trainer.losses.task_losses import compile_model
from trainer.losses.weighting import UncertaintyWeightedModel, with_learned_weights
from trainer.settings.hyperparameters import Hyperparameters
from trainer.tasks import AGE, GENDER, RACE

LABELS = {
    AGE.output_key: np.array([[12.0], [14.0]], "float32"),
    GENDER.output_key: np.array([[1.0], [1.0]], "float32"),
    RACE.output_key: np.array([[3], [0]]),
}
X = np.zeros((2, 1), "float32")
# The losses of predicting age 10, female 0.5 and uniform races.
LOSSES = {"age_output": (4 + 16) / 2, "gender_output": np.log(2), "race_output": np.log(5)}


def _model(age_units: int = 1) -> keras.Model:
    """A model that predicts age 10, female 0.5 and uniform races, with no trainable weights."""
    inputs = keras.Input((1,))

    def head(units: int, activation: str | None, bias: float, name: str) -> keras.KerasTensor:
        dense = keras.layers.Dense(
            units,
            activation,
            kernel_initializer="zeros",
            bias_initializer=keras.initializers.Constant(bias),
            name=name,
        )
        outputs = dense(inputs)
        dense.trainable = False
        return outputs

    outputs = {
        AGE.output_key: head(age_units, None, 10.0, AGE.output_key),
        GENDER.output_key: head(1, "sigmoid", 0.0, GENDER.output_key),
        RACE.output_key: head(5, "softmax", 0.0, RACE.output_key),
    }
    return keras.Model(inputs, outputs)


# The settings that LOSSES are computed for.
PLAIN = {"age_loss": "mse", "label_smoothing": 0.0, "schedule": "constant"}


def _learning(**settings: object) -> UncertaintyWeightedModel:
    settings = {"loss_weighting": "uncertainty", **PLAIN, **settings}
    model = compile_model(_model(), Hyperparameters(**settings))
    assert isinstance(model, UncertaintyWeightedModel)
    return model


def _s(model: UncertaintyWeightedModel) -> dict[str, float]:
    return {name: float(np.asarray(value)) for name, value in model.log_variances.items()}


def test_training_starts_with_the_weights_in_the_settings():
    model = _learning(age_loss_weight=0.03, gender_loss_weight=1.0, race_loss_weight=2.0)
    logs = model.evaluate(X, LABELS, verbose=0, return_dict=True)
    weights = {"age_output": 0.03, "gender_output": 1.0, "race_output": 2.0}
    expected = sum(weight * LOSSES[name] - np.log(weight) / 2 for name, weight in weights.items())
    assert logs["loss"] == pytest.approx(expected, rel=1e-5)
    for name, weight in weights.items():
        assert logs[f"{name}_weight"] == pytest.approx(weight, rel=1e-5)
        assert logs[f"{name}_loss"] == pytest.approx(LOSSES[name], rel=1e-5)
    assert {"age_output_mae", "gender_output_accuracy", "race_output_accuracy"} <= set(logs)


def test_a_step_moves_each_log_variance_down_its_gradient():
    model = _learning(optimizer="sgd", learning_rate=0.1)
    before = _s(model)
    model.fit(X, LABELS, epochs=1, verbose=0)
    for name, s in before.items():
        gradient = 0.5 - np.exp(-s) * LOSSES[name]
        assert _s(model)[name] == pytest.approx(s - 0.1 * gradient, abs=1e-5)


def test_log_variances_converge_to_a_weighted_loss_of_one_half():
    model = _learning(optimizer="sgd", learning_rate=0.2, ema_decay=0.5)
    model.fit(tf.data.Dataset.from_tensors((X, LABELS)).repeat(150), verbose=0)
    for name, s in _s(model).items():
        assert s == pytest.approx(np.log(2 * LOSSES[name]), abs=0.01)


def test_example_weights_scale_the_losses():
    model = _learning(age_loss_weight=1.0)
    logs = model.evaluate(
        X, LABELS, sample_weight=np.array([1.0, 0.0], "float32"), verbose=0, return_dict=True
    )
    # The age errors are 2 and 4; the weighted sum is divided by the number of examples.
    assert logs["age_output_loss"] == pytest.approx(4 / 2)


def test_weight_decay_skips_the_log_variances():
    with_decay = _learning(optimizer="sgd", learning_rate=0.1, weight_decay=0.5)
    without = _learning(optimizer="sgd", learning_rate=0.1)
    for model in (with_decay, without):
        model.fit(X, LABELS, epochs=3, verbose=0)
    assert _s(with_decay) == pytest.approx(_s(without))


def test_a_saved_model_resumes_training_with_its_log_variances(tmp_path):
    # With adamw, the file would not store which variables are exempt from weight decay.
    settings = Hyperparameters(
        loss_weighting="uncertainty",
        age_loss="cross_entropy",
        optimizer="adam",
        ema_decay=0.9,
        epochs=4,
    )
    model = compile_model(_model(117), settings, steps=4)
    model.fit(X, LABELS, epochs=2, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert isinstance(loaded, UncertaintyWeightedModel)
    assert loaded.loss["age_output"].get_config() == model.loss["age_output"].get_config()
    assert loaded.loss["age_output"].get_config()["loss"]["class_name"] == "AgeDistributionLoss"
    assert _s(loaded) == _s(model) != dict.fromkeys(_s(model), 0.0)
    for one in (model, loaded):
        one.fit(X, LABELS, epochs=2, verbose=0)
    assert _s(loaded) == _s(model)
    assert int(loaded.optimizer.iterations) == 4
    for one, other in zip(model.optimizer.variables, loaded.optimizer.variables, strict=True):
        np.testing.assert_array_equal(one, other)


def test_learned_weighting_adds_only_the_log_variances():
    plain = _model()
    learning = with_learned_weights(plain, {"age_output": 1.0})
    assert len(learning.weights) == len(plain.weights) + 3
    assert learning.layers == plain.layers
    assert learning.name == plain.name


TWO_REPLICAS = """
import sys
import numpy as np, tensorflow as tf
sys.path.insert(0, "tests/trainer/losses")
(cpu,) = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
import test_weighting as t
def train(strategy):
    with strategy.scope():
        model = t._learning(optimizer="sgd", learning_rate=0.1, ema_decay=0.5)
    data = tf.data.Dataset.from_tensor_slices((t.X, t.LABELS)).batch(2)
    history = model.fit(data, epochs=3, verbose=0).history
    return {**t._s(model), "loss": history["loss"][-1]}
two = train(tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]))
one = train(tf.distribute.get_strategy())
assert one.keys() == two.keys()
for key, value in one.items():
    np.testing.assert_allclose(two[key], value, rtol=1e-4, err_msg=key)
print("same")
"""


@pytest.mark.slow
def test_two_replicas_learn_the_same_weights_as_one():
    ended = subprocess.run(
        [sys.executable, "-c", TWO_REPLICAS], capture_output=True, text=True, check=False
    )
    assert ended.stdout.strip() == "same", ended.stderr[-2000:]
