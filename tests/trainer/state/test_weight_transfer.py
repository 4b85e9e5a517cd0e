"""What one model has learnt becomes what another begins with."""

from pathlib import Path

import keras
import numpy as np
import pytest

from trainer.image_format import ImageFormat
from trainer.losses.weighting import with_learned_weights
from trainer.models import ARCHITECTURES, build
from trainer.optimizers import make_optimizer, make_schedule
from trainer.settings.hyperparameters import Hyperparameters
from trainer.state.model_state import averaged_weights, read_state
from trainer.state.weight_transfer import find_difference, transfer_weights

CONSTANT = {"schedule": "constant", "warmup_fraction": 0.0, "learning_rate": 0.01}


def compiled(
    *,
    units: int = 4,
    dropout: float = 0.5,
    learned: dict[str, float] | None = None,
    float16: bool = False,
    **settings,
) -> keras.Model:
    inputs = keras.Input((3,))
    x = keras.layers.BatchNormalization()(keras.layers.Dense(units, "relu")(inputs))
    x = keras.layers.Dropout(dropout)(x)
    model = keras.Model(inputs, {"a": keras.layers.Dense(1)(x), "b": keras.layers.Dense(1)(x)})
    if learned:
        model = with_learned_weights(model, learned)
    optimizer = make_optimizer(Hyperparameters(**{**CONSTANT, **settings}))
    if float16:
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer, initial_scale=8.0)
    losses = {name: keras.losses.MeanSquaredError() for name in ("a", "b")}
    model.compile(optimizer=optimizer, loss=losses)
    return model


def train(model: keras.Model, steps: int, seed: int = 0) -> keras.Model:
    for batch in np.random.default_rng(seed).normal(size=(steps, 4, 3)).astype("float32"):
        model.train_on_batch(batch, {"a": batch[:, :1], "b": batch[:, 1:2]})
    return model


def constant() -> keras.optimizers.schedules.LearningRateSchedule:
    return make_schedule(Hyperparameters(**CONSTANT))


def differing(one: keras.Model, other: keras.Model) -> list[str]:
    expected, received = read_state(one), read_state(other)
    assert sorted(expected) == sorted(received)
    return [name for name in expected if not np.array_equal(expected[name], received[name])]


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"optimizer": "adam"}, id="adam"),
        pytest.param({"optimizer": "adamw", "ema_decay": 0.9}, id="adamw and an average"),
        pytest.param({"optimizer": "sgd", "ema_decay": 0.9}, id="sgd and an average"),
        pytest.param({"learned": {"a": 1.0, "b": 0.5}}, id="learned weights of losses"),
        pytest.param({"float16": True}, id="a scaled loss"),
    ],
)
def test_it_goes_on_as_the_other_would_have(settings, tmp_path: Path) -> None:
    source = train(compiled(dropout=0.0, **settings), 5)
    model = compiled(dropout=0.0, **settings)
    source.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert find_difference(loaded, model) is None
    assert transfer_weights(loaded, model, constant())
    assert differing(source, model) == []
    # At the same rate, moments, their count and averages make the same steps.
    train(source, 3, seed=1)
    train(model, 3, seed=1)
    assert differing(source, model) == []
    assert int(model.optimizer.iterations) == 8


def test_the_schedule_begins_anew_and_is_kept_in_the_file(tmp_path: Path) -> None:
    new = make_schedule(Hyperparameters(learning_rate=0.5, warmup_fraction=0.2), steps=10)
    model = compiled()
    transfer_weights(train(compiled(), 5), model, new)
    rates = []
    for _ in range(3):
        rates.append(float(model.optimizer.learning_rate))
        train(model, 1)
    assert rates == pytest.approx([float(new(step)) for step in range(3)])
    assert rates == pytest.approx([0.5 / 3, 0.5 * 2 / 3, 0.5])
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert float(loaded.optimizer.learning_rate) == pytest.approx(float(new(3)))


def test_the_masks_of_dropout_are_those_of_the_seed() -> None:
    keras.utils.set_random_seed(7)
    model = compiled()
    keras.utils.set_random_seed(7)
    twin = compiled()
    transfer_weights(train(compiled(), 5), model, constant())
    (seed,), (expected,) = (
        [v for v in one.non_trainable_variables if "seed" in v.name] for one in (model, twin)
    )
    np.testing.assert_array_equal(seed, expected)


def test_another_optimizer_is_not_taken_over_but_the_weights_are() -> None:
    source, model = train(compiled(optimizer="adam"), 5), compiled(optimizer="adamw")
    assert not transfer_weights(source, model, constant())
    assert int(model.optimizer.iterations) == 0
    moments = [v for name, v in read_state(model).items() if name.startswith("optimizer/")]
    assert not any(array.any() for array in moments)
    for one, other in zip(source.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_an_average_that_ends_gives_its_values_to_the_weights(optimizer) -> None:
    source = train(compiled(ema_decay=0.9, optimizer="adamw"), 5)
    averages = [np.array(v) for v in source.optimizer._model_variables_moving_average]
    assert any(
        not np.array_equal(average, weight)
        for average, weight in zip(averages, source.trainable_variables, strict=True)
    )
    model = compiled(optimizer=optimizer)
    assert transfer_weights(source, model, constant()) == (optimizer == "adamw")
    for average, weight in zip(averages, model.trainable_variables, strict=True):
        np.testing.assert_array_equal(average, weight)


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_an_average_that_begins_does_so_with_the_weights(optimizer) -> None:
    model = compiled(ema_decay=0.9, optimizer=optimizer)
    transfer_weights(train(compiled(optimizer="adamw"), 5), model, constant())
    averages = model.optimizer._model_variables_moving_average
    for average, weight in zip(averages, model.trainable_variables, strict=True):
        np.testing.assert_array_equal(average, weight)
    before = [np.array(weight) for weight in model.trainable_variables]
    train(model, 1)
    if optimizer == "adamw":
        # 0.9 of what it was, where Keras would take the first step's weights as they are.
        for average, old, new in zip(averages, before, model.trainable_variables, strict=True):
            np.testing.assert_allclose(average, 0.9 * old + 0.1 * np.array(new), rtol=1e-5)


def test_learned_weights_of_losses_are_taken_by_name_or_begin_as_they_are_set() -> None:
    source = train(compiled(learned={"a": 1.0, "b": 0.5}), 5)
    both = compiled(learned={"a": 2.0, "b": 2.0})
    assert transfer_weights(source, both, constant())
    for name, log_variance in source.log_variances.items():
        assert float(both.log_variances[name]) == float(log_variance) != -np.log(2.0)
    # The moments are of other variables where one learns what the other does not.
    learning, fixed = compiled(learned={"a": 2.0, "b": 2.0}), compiled()
    assert not transfer_weights(train(compiled(), 2), learning, constant())
    assert float(learning.log_variances["a"]) == pytest.approx(-np.log(2.0))
    assert not transfer_weights(source, fixed, constant())
    np.testing.assert_array_equal(fixed.get_weights()[0], source.layers[1].get_weights()[0])


def test_no_scaled_loss_is_needed_to_go_on_without_one() -> None:
    source, model = train(compiled(float16=True), 5), compiled()
    assert transfer_weights(source, model, constant())
    assert int(model.optimizer.iterations) == 5
    assert not averaged_weights(model)


def test_a_difference_is_named_by_layer_and_shape() -> None:
    assert find_difference(compiled(), compiled(learned={"a": 1.0, "b": 1.0})) is None
    assert find_difference(compiled(units=5), compiled(units=4)) == (
        "layer 2 is Dense of float32[3, 5] float32[5], not Dense of float32[3, 4] float32[4]"
    )
    model = compiled()
    short = keras.Model(model.input, model.layers[1].output)
    assert find_difference(short, model) == f"it has 2 layers, not {len(model.layers)}"


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_each_architecture_comes_back_from_its_file(architecture: str, tmp_path: Path) -> None:
    settings = Hyperparameters(architecture=architecture)
    source, model = (build(settings, ImageFormat()) for _ in range(2))
    for one in (source, model):
        one.compile(make_optimizer(Hyperparameters(**CONSTANT)))
    image = np.random.default_rng(0).normal(size=(1, 96, 96, 3)).astype("float32")
    expected = source(image)
    source.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert find_difference(loaded, model) is None
    assert transfer_weights(loaded, model, constant())
    for name, value in model(image).items():
        np.testing.assert_array_equal(value, expected[name])
