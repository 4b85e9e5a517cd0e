"""Fine-tuning trains only the heads at first, and then all layers as if newly compiled."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.trainer.models.test_nested import IMAGES, LABELS, nested
from trainer.fit.divergence import DivergenceError
from trainer.fit.fine_tuning import FineTuning, first_phase, second_phase
from trainer.fit.fitting import Training, fit
from trainer.losses.task_losses import compile_model
from trainer.models.nested import leaf_layers, nested_models
from trainer.optimizers import make_schedule
from trainer.runtime.precision import dtype_policy_scope
from trainer.settings.hyperparameters import Hyperparameters
from trainer.settings.pretrained import PretrainedSettings
from trainer.state.checkpoints import CheckpointFolder
from trainer.state.model_state import inner_optimizer

SETTINGS = Hyperparameters(
    architecture="pretrained",
    epochs=4,
    age_loss="mse",
    learning_rate=0.01,
    warmup_fraction=0.0,
    pretrained=PretrainedSettings(frozen_epochs=2, fine_tune_learning_rate=0.001),
)
# An epoch is two batches of three.
STEPS = 2
DATA = tf.data.Dataset.from_tensor_slices((IMAGES, LABELS)).batch(3)


class Watch(keras.callbacks.Callback):
    """Records the backbone and head weights after each epoch; may interrupt the training."""

    def __init__(self, interrupt_in: int | None = None):
        super().__init__()
        self.inside: list[list[np.ndarray]] = []
        self.heads: list[np.ndarray] = []
        self._interrupt_in = interrupt_in

    def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
        if epoch == self._interrupt_in:
            raise KeyboardInterrupt

    def on_epoch_end(self, epoch: int, logs: object = None) -> None:
        if self.model is not None:
            (inside,) = nested_models(self.model)
            self.inside.append([np.array(weight) for weight in inside.weights])
            self.heads.append(np.array(self.model.get_layer("age_output").kernel))


def build(settings: Hyperparameters) -> keras.Model:
    keras.utils.set_random_seed(5)
    model = nested()
    return compile_model(model, first_phase(settings), steps=STEPS * settings.frozen_epochs or None)


def train(
    model: keras.Model,
    settings: Hyperparameters,
    watch: Watch,
    folder: CheckpointFolder | None = None,
) -> Training:
    second = second_phase(settings)
    schedule = make_schedule(second, STEPS * second.epochs)
    tuning = FineTuning(settings.frozen_epochs, schedule)
    return fit(
        model, lambda _: DATA, DATA, settings, folder=folder, fine_tuning=tuning, callbacks=[watch]
    )


def same(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def with_settings(**changes: object) -> Hyperparameters:
    return SETTINGS.model_copy(update=changes)


@pytest.mark.parametrize("ema_decay", [0.0, 0.5])
def test_the_backbone_is_frozen_in_the_first_phase(ema_decay: float) -> None:
    settings = with_settings(ema_decay=ema_decay)
    model = build(settings)
    before = [np.array(weight) for weight in nested_models(model)[0].weights]
    watch = Watch()
    train(model, settings, watch)
    assert same(watch.inside[0], before) and same(watch.inside[1], before)
    # The statistics of batch normalization are among these weights.
    assert not any(
        np.array_equal(a, b) for a, b in zip(watch.inside[2], before, strict=True) if a.any()
    )
    assert not np.array_equal(watch.heads[0], watch.heads[1])
    assert all(layer.trainable for layer in leaf_layers(model))


def test_the_second_phase_restarts_the_learning_rate_schedule() -> None:
    history = train(build(SETTINGS), SETTINGS, Watch()).history
    # Each cosine falls to half of its peak at its midpoint and to 0 at its end.
    rates = [logs["learning_rate"] for logs in history]
    assert rates == pytest.approx([0.005, 0, 0.0005, 0], abs=1e-8)


def test_the_second_phase_equals_training_a_newly_compiled_model() -> None:
    model, watch = build(SETTINGS), Watch()
    train(model, SETTINGS, watch)

    other = build(SETTINGS)
    (inside,) = nested_models(other)
    inside.trainable = False
    compile_model(other, first_phase(SETTINGS), steps=STEPS * 2)
    other.fit(DATA, epochs=2, verbose=0)
    inside.trainable = True
    second = second_phase(SETTINGS)
    compile_model(other, second, steps=STEPS * 2)
    expected = Watch()
    other.fit(DATA, epochs=2, verbose=0, callbacks=[expected])
    for one, wanted in zip(watch.inside[2:], expected.inside, strict=True):
        for found, value in zip(one, wanted, strict=True):
            np.testing.assert_allclose(found, value, rtol=1e-5, atol=1e-7)


@pytest.mark.slow
@pytest.mark.parametrize("ema_decay", [0.0, 0.5])
@pytest.mark.parametrize("interrupt_in", [1, 2, 3])
def test_an_interrupted_training_ends_like_an_uninterrupted_one(
    tmp_path, interrupt_in: int, ema_decay: float
) -> None:
    settings = with_settings(ema_decay=ema_decay)
    whole = build(settings)
    expected = train(whole, settings, Watch())
    folder = CheckpointFolder(str(tmp_path), "key")
    with pytest.raises(KeyboardInterrupt):
        train(build(settings), settings, Watch(interrupt_in), folder)
    resumed = build(settings)
    found = train(resumed, settings, Watch(), folder)
    assert found.resumed_after == interrupt_in
    assert (found.history, found.best_epoch) == (expected.history, expected.best_epoch)
    assert same(list(map(np.array, resumed.weights)), list(map(np.array, whole.weights)))
    moments = [list(map(np.array, one.optimizer.variables)) for one in (resumed, whole)]
    assert same(*moments)


def test_early_stopping_in_the_first_phase_unfreezes_all_layers() -> None:
    settings = with_settings(
        ema_decay=0.5,
        early_stopping_patience=1,
        learning_rate=1e-30,
        pretrained=PretrainedSettings(frozen_epochs=3),
    )
    model = build(settings)
    training = train(model, settings, Watch())
    assert len(training.history) == 2
    assert all(layer.trainable for layer in leaf_layers(model))
    assert len(inner_optimizer(model)._trainable_variables) == len(model.trainable_variables)


def test_divergence_names_the_learning_rate_setting_of_its_phase() -> None:
    tuned = SETTINGS.pretrained.model_copy(update={"fine_tune_learning_rate": 1e20})
    settings = with_settings(pretrained=tuned)
    with pytest.raises(
        DivergenceError, match=r"Lower trainer\.pretrained\.fine_tune_learning_rate"
    ):
        train(build(settings), settings, Watch())
    settings = with_settings(learning_rate=1e20)
    with pytest.raises(DivergenceError, match=r"Lower trainer\.learning_rate"):
        train(build(settings), settings, Watch())


def test_the_float16_loss_is_scaled_in_both_phases() -> None:
    with dtype_policy_scope("mixed_float16"):
        model = build(SETTINGS)
    assert isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
    watch = Watch()
    history = train(model, SETTINGS, watch).history
    assert [logs["learning_rate"] for logs in history] == pytest.approx(
        [0.005, 0, 0.0005, 0], abs=1e-8
    )
    assert same(watch.inside[0], watch.inside[1]) and not same(watch.inside[1], watch.inside[2])


def test_a_warm_start_has_no_frozen_epochs() -> None:
    from trainer.state.warm_start import warm_start_settings

    settings = warm_start_settings(SETTINGS)
    assert settings.frozen_epochs == 0 and settings.learning_rate == 0.001
    assert first_phase(settings).epochs == second_phase(with_settings(epochs=6)).epochs == 4
