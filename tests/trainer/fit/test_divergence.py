"""A diverging training stops at once and says what to do."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from trainer.fit.divergence import DivergenceCallback, DivergenceError
from trainer.fit.fitting import fit
from trainer.settings.hyperparameters import Hyperparameters
from trainer.state.checkpoints import CheckpointFolder


def model_with(learning_rate: float) -> keras.Model:
    inputs = keras.Input((1,))
    model = keras.Model(inputs, keras.layers.Dense(1, kernel_initializer="ones")(inputs))
    model.compile(optimizer=keras.optimizers.SGD(learning_rate), loss="mse")
    return model


def batches(*values: float) -> tf.data.Dataset:
    """Returns batches of one example each, with the label 2."""
    inputs = np.array(values, np.float32)[:, np.newaxis]
    return tf.data.Dataset.from_tensor_slices((inputs, np.full_like(inputs, 2.0))).batch(1)


def train(learning_rate: float, data: tf.data.Dataset, folder=None, eval_data=None, epochs=3):
    fit(
        model_with(learning_rate),
        lambda seed: data,
        eval_data or batches(1.0),
        Hyperparameters(epochs=epochs),
        folder=folder,
    )


def test_too_high_a_learning_rate_is_reported_with_step_and_loss() -> None:
    with pytest.raises(DivergenceError) as stopped:
        train(1e6, batches(1.0, 1.0, 1.0))
    message = str(stopped.value)
    # The loss is 1 at the first step and about 1e13 at the second.
    assert " at step 2 of epoch 1; " in message
    assert "at the first step it was 1" in message
    assert "The learning rate is 1e+06" in message
    assert "Lower trainer.learning_rate, e.g. to 1e+05" in message
    assert message.endswith("There is no earlier checkpoint.")


def test_nan_pixels_stop_the_training_at_their_step() -> None:
    with pytest.raises(DivergenceError, match=r"a loss of nan at step 3 of epoch 1") as stopped:
        train(0.01, batches(1.0, 1.0, np.nan, 1.0))
    assert "check pixels and labels for NaN and infinite values" in str(stopped.value)


def test_nan_at_the_first_step_points_to_the_data() -> None:
    with pytest.raises(DivergenceError, match=r"at step 1 of epoch 1.*check the data"):
        train(0.01, batches(np.nan))


def test_the_message_names_the_learning_rate_setting_in_use() -> None:
    callback = DivergenceCallback(lambda: "", lambda: "warm_start_learning_rate")
    callback.set_model(model_with(0.5))
    callback.on_epoch_begin(0)
    callback.on_train_batch_end(0, {"loss": 1.0})
    with pytest.raises(
        DivergenceError, match=r"Lower trainer\.warm_start_learning_rate, e.g. to 0\.05"
    ):
        callback.on_train_batch_end(1, {"loss": float("nan")})


def test_a_nan_loss_on_the_eval_split_stops_the_training() -> None:
    with pytest.raises(DivergenceError, match="on the eval split after epoch 1"):
        train(0.01, batches(1.0), eval_data=batches(np.nan))


def test_the_last_good_checkpoint_is_kept(tmp_path) -> None:
    folder = CheckpointFolder(str(tmp_path), "key")

    class Spoil(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                self.model.set_weights([array * np.nan for array in self.model.get_weights()])

    with pytest.raises(DivergenceError) as stopped:
        fit(
            model_with(0.01),
            lambda seed: batches(1.0),
            batches(1.0),
            Hyperparameters(epochs=4),
            folder=folder,
            callbacks=[Spoil()],
        )
    assert f"The last good checkpoint, of epoch 2, is in {folder.path}." in str(stopped.value)
    kept = folder.load()
    assert kept is not None and kept.epoch == 2
    assert all(np.isfinite(array).all() for array in kept.state.values())


@pytest.mark.parametrize("losses", [(40.0, 3e3, 1e5), (1e-9, 5.0, 2.0), (2.0, 1.0, 0.0)])
def test_a_loss_spike_does_not_stop_the_training(losses) -> None:
    callback = DivergenceCallback(lambda: "")
    callback.on_epoch_begin(0)
    for step, loss in enumerate(losses):
        callback.on_train_batch_end(step, {"loss": loss})
    callback.on_epoch_end(0, {"val_loss": losses[0]})


def callback_after(first: float) -> DivergenceCallback:
    """Returns the callback after a first step with the given loss."""
    callback = DivergenceCallback(lambda: "")
    callback.set_model(model_with(0.5))
    callback.on_epoch_begin(0)
    callback.on_train_batch_end(0, {"loss": first})
    return callback


@pytest.mark.parametrize(("first", "most"), [(40.0, 4e5), (1.0, 1e4), (1e-9, 1e4), (0.5, 1e4)])
def test_a_loss_above_10000_times_the_first_counts_as_divergence(first, most) -> None:
    callback = callback_after(first)
    callback.on_train_batch_end(1, {"loss": most})
    callback.on_epoch_end(0, {"val_loss": most})
    with pytest.raises(DivergenceError, match="at step 2 of epoch 1"):
        callback.on_train_batch_end(1, {"loss": np.nextafter(most, np.inf)})
    with pytest.raises(DivergenceError, match="on the eval split after epoch 1"):
        callback.on_epoch_end(0, {"val_loss": np.nextafter(most, np.inf)})


def test_the_first_loss_may_be_any_finite_number() -> None:
    callback_after(1e30)
    for loss in (math.inf, math.nan):
        with pytest.raises(DivergenceError, match="at step 1 of epoch 1"):
            callback_after(loss)
