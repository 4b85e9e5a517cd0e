import keras
import numpy as np
import pytest

from trainer import features
from trainer.hyperparameters import Hyperparameters
from trainer.losses import compile_model


@pytest.fixture
def model() -> keras.Model:
    """A model whose outputs do not depend on its input: age 10, female 0.5, race uniform."""
    inputs = keras.Input((1,))
    outputs = {
        features.AGE_OUTPUT: keras.layers.Dense(
            1, kernel_initializer="zeros", bias_initializer=keras.initializers.Constant(10.0)
        )(inputs),
        features.GENDER_OUTPUT: keras.layers.Dense(1, "sigmoid", kernel_initializer="zeros")(
            inputs
        ),
        features.RACE_OUTPUT: keras.layers.Dense(5, "softmax", kernel_initializer="zeros")(inputs),
    }
    return keras.Model(inputs, outputs)


def _evaluate(model: keras.Model) -> dict[str, float]:
    labels = {
        features.AGE_OUTPUT: np.array([[12.0]]),
        features.GENDER_OUTPUT: np.array([[1.0]]),
        features.RACE_OUTPUT: np.array([[3]]),
    }
    return model.evaluate(np.zeros((1, 1)), labels, verbose=0, return_dict=True)


def test_loss_is_the_tutorials_weighted_sum(model):
    compile_model(model, Hyperparameters())
    expected = 0.03 * (12 - 10) ** 2 + np.log(2) + np.log(5)
    assert _evaluate(model)["loss"] == pytest.approx(expected, rel=1e-5)


def test_weights_of_the_losses_are_settings(model):
    compile_model(
        model, Hyperparameters(age_loss_weight=1, gender_loss_weight=0, race_loss_weight=0)
    )
    assert _evaluate(model)["loss"] == pytest.approx(4.0, rel=1e-5)


def test_metrics_have_the_names_that_progress_shows(model):
    compile_model(model, Hyperparameters())
    assert {"age_output_mae", "gender_output_accuracy", "race_output_accuracy"} <= set(
        _evaluate(model)
    )


@pytest.mark.parametrize("step", [0, 1, 214, 10_700])
def test_learning_rate_decays_as_keras_2_did(model, step):
    compile_model(model, Hyperparameters(learning_rate=0.005, epochs=50))
    model.optimizer.iterations.assign(step)
    rate = float(np.asarray(model.optimizer.learning_rate))
    assert rate == pytest.approx(0.005 / (1 + (0.005 / 50) * step), rel=1e-5)
