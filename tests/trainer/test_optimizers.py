from typing import get_args

import keras
import numpy as np
import pytest

from tests.trainer.tutorial import tutorial
from trainer.optimizers import Warmup, count_steps, make_optimizer, make_schedule
from trainer.settings.hyperparameters import Hyperparameters


def _rates(steps: int | None, at: list[int], **settings: object) -> list[float]:
    schedule = make_schedule(tutorial(**settings), steps)
    return [float(schedule(step)) for step in at]


def test_inverse_time_follows_the_tutorials_schedule():
    at = [0, 1, 214, 10_700]
    expected = [0.005 / (1 + (0.005 / 50) * step) for step in at]
    assert _rates(None, at, epochs=50) == pytest.approx(expected, rel=1e-5)


def test_the_constant_schedule_stays_constant():
    rates = _rates(None, [0, 10**6], schedule="constant", learning_rate=0.1)
    assert rates == pytest.approx([0.1, 0.1])


def test_cosine_falls_to_0_at_the_last_step():
    rates = _rates(
        100, [0, 25, 50, 100, 101], schedule="cosine", learning_rate=0.2, warmup_fraction=0
    )
    quarter = 0.1 * (1 + np.cos(np.pi / 4))
    assert rates == pytest.approx([0.2, quarter, 0.1, 0, 0], abs=1e-7)


def test_cosine_has_a_warmup_by_default():
    rates = _rates(100, [0, 4, 5, 52, 100], schedule="cosine", learning_rate=0.1)
    half = 0.05 * (1 + np.cos(np.pi * 47 / 95))
    assert rates == pytest.approx([0.1 / 6, 0.1 * 5 / 6, 0.1, half, 0], abs=1e-3)


def test_only_adamw_decays_weights_by_default():
    decays = {
        name: tutorial(optimizer=name).applied_weight_decay for name in ("adam", "adamw", "sgd")
    }
    assert decays == {"adam": 0.0, "adamw": 0.1, "sgd": 0.0}
    assert tutorial(optimizer="adamw", weight_decay=0.0).applied_weight_decay == 0.0


def test_one_cycle_rises_and_falls():
    rates = _rates(100, [0, 15, 30, 65, 100], schedule="one_cycle", learning_rate=0.1)
    first, last = 0.1 / 25, 0.1 / 250_000
    expected = [first, (first + 0.1) / 2, 0.1, (0.1 + last) / 2, last]
    assert rates == pytest.approx(expected, rel=1e-3)


def test_the_one_cycle_warmup_is_configurable():
    rates = _rates(100, [0, 50, 100], schedule="one_cycle", learning_rate=0.1, warmup_fraction=0.5)
    assert max(rates) == rates[1] == pytest.approx(0.1)


@pytest.mark.parametrize("schedule", ["constant", "inverse_time", "cosine"])
def test_a_warmup_rises_linearly_and_delays_the_schedule(schedule):
    settings = {"schedule": schedule, "learning_rate": 0.1, "epochs": 2}
    warm = _rates(100, [0, 4, 8, 9, 50], warmup_fraction=0.09, **settings)
    later = _rates(91, [0, 41], warmup_fraction=0, **settings)
    assert warm == pytest.approx([0.01, 0.05, 0.09, *later], rel=1e-5)


def test_a_schedule_survives_serialization():
    settings = Hyperparameters(schedule="one_cycle")
    schedule = make_schedule(settings, 50)
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(schedule))
    assert isinstance(copy, Warmup)
    for step in (0, 7, 15, 40, 50):
        assert float(copy(step)) == float(schedule(step))


def test_a_schedule_that_needs_the_number_of_steps_is_refused_without_it():
    with pytest.raises(ValueError, match=r"number of steps.*schedule='cosine'.*steps=None"):
        make_schedule(Hyperparameters(schedule="cosine"))
    with pytest.raises(ValueError, match=r"warmup_fraction=0\.1"):
        make_schedule(tutorial(warmup_fraction=0.1))


def test_examples_are_counted_only_if_the_schedule_needs_it():
    def refuse() -> int:
        raise AssertionError

    assert count_steps(tutorial(), refuse) is None
    assert count_steps(Hyperparameters(schedule="constant"), refuse) is None
    cosine = {"schedule": "cosine", "epochs": 3}
    assert count_steps(Hyperparameters(steps_per_epoch=7, **cosine), refuse) == 21
    assert count_steps(Hyperparameters(batch_size=4, **cosine), lambda: 9) == 9


def _train(steps: int, **settings: object) -> tuple[keras.Model, list[float]]:
    """Minimizes w^2 from w = 2; returns the model and w after each step."""
    inputs = keras.Input((1,))
    dense = keras.layers.Dense(
        1, kernel_initializer=keras.initializers.Constant(2.0), bias_initializer="ones"
    )
    model = keras.Model(inputs, dense(inputs) - dense.bias)
    model.compile(make_optimizer(tutorial(schedule="constant", **settings)), "mse")
    past = []
    one = np.ones((1, 1), "float32")
    for _ in range(steps):
        model.train_on_batch(one, 0 * one)
        past.append(dense.kernel.numpy().item())
    return model, past


def test_each_optimizer_setting_makes_the_keras_optimizer():
    kinds = {"adam": keras.optimizers.Adam, "adamw": keras.optimizers.AdamW}
    kinds["sgd"] = keras.optimizers.SGD
    named = get_args(Hyperparameters.model_fields["optimizer"].annotation)
    assert set(named) == set(kinds)
    for name, kind in kinds.items():
        optimizer = make_optimizer(tutorial(optimizer=name))
        assert type(optimizer) is kind
        assert not optimizer.use_ema
        assert float(optimizer.learning_rate) == pytest.approx(0.005)


def test_sgd_has_momentum():
    _, past = _train(2, optimizer="sgd", learning_rate=0.1)
    first = 2 - 0.1 * 4
    second = first + 0.9 * (first - 2) - 0.1 * 2 * first
    assert past == pytest.approx([first, second])


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_weight_decay_applies_only_to_kernels(optimizer):
    settings = {"optimizer": optimizer, "learning_rate": 0.1}
    _, (plain,) = _train(1, weight_decay=0, **settings)
    model, (decayed,) = _train(1, weight_decay=0.5, **settings)
    # Decay is applied before the step, which uses the gradient at the weight before decay.
    assert decayed == pytest.approx(plain - 0.1 * 0.5 * 2)
    assert float(model.trainable_variables[1][0]) == pytest.approx(1.0)


def test_training_ends_with_the_averaged_weights():
    model, past = _train(4, optimizer="sgd", learning_rate=0.1, ema_decay=0.8)
    average = past[0]
    for weight in past[1:]:
        average = 0.8 * average + 0.2 * weight
    assert float(model.trainable_variables[0][0, 0]) == pytest.approx(past[-1])
    model.optimizer.finalize_variable_values(model.trainable_variables)
    assert float(model.trainable_variables[0][0, 0]) == pytest.approx(average, rel=1e-5)


def test_swap_ema_weights_evaluates_with_the_average():
    model, _ = _train(3, optimizer="sgd", learning_rate=0.1, ema_decay=0.8)
    weight = float(model.trainable_variables[0][0, 0])
    averages = keras.callbacks.SwapEMAWeights()
    one = np.ones((1, 1), "float32")
    loss = model.evaluate(one, 0 * one, verbose=0, callbacks=[averages])
    average = float(model.optimizer._model_variables_moving_average[0][0, 0])
    assert loss == pytest.approx(average**2, rel=1e-4) != pytest.approx(weight**2, rel=1e-2)
    assert float(model.trainable_variables[0][0, 0]) == pytest.approx(weight, rel=1e-5)
