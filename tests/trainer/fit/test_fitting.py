"""The length of a training, the order of its examples, and the weights it ends with."""

import logging

import keras
import numpy as np
import pytest
import tensorflow as tf

from trainer.fit.fitting import fit
from trainer.progress import LOGGER
from trainer.settings.hyperparameters import Hyperparameters
from trainer.state.checkpoints import CheckpointFolder


def linear(optimizer: keras.optimizers.Optimizer) -> keras.Model:
    inputs = keras.Input((1,))
    outputs = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")(inputs)
    model = keras.Model(inputs, outputs)
    model.compile(optimizer=optimizer, loss="mse")
    return model


def pairs(inputs: list[float], labels: list[float]) -> tf.data.Dataset:
    arrays = (np.array(values, np.float32)[:, np.newaxis] for values in (inputs, labels))
    return tf.data.Dataset.from_tensor_slices(tuple(arrays)).batch(2)


ONES = pairs([1.0] * 8, [1.0] * 8)


@pytest.mark.parametrize(("steps_per_epoch", "steps"), [(0, 3 * 4), (2, 3 * 2), (5, 3 * 5)])
def test_an_epoch_is_the_whole_split_or_steps_per_epoch(steps_per_epoch, steps):
    seen = []

    class Count(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append(batch)

    settings = Hyperparameters(epochs=3, steps_per_epoch=steps_per_epoch)
    fit(linear(keras.optimizers.SGD(0.0)), lambda seed: ONES, ONES, settings, callbacks=[Count()])
    assert len(seen) == steps


def test_the_weights_of_the_best_epoch_are_restored():
    model = linear(keras.optimizers.SGD(0.25))
    # Training moves the weight from 1 to -1, past 0.1, the optimum on the eval split.
    training = fit(
        model, lambda seed: pairs([1.0], [-1.0]), pairs([1.0], [0.1]), Hyperparameters(epochs=5)
    )
    losses = [logs["val_loss"] for logs in training.history]
    assert training.best_epoch == 1 + int(np.argmin(losses)) < 5
    (weights,) = model.get_weights()
    np.testing.assert_allclose((weights - 0.1) ** 2, min(losses), rtol=1e-5)
    # The optimizer state of the best epoch is restored too.
    assert int(model.optimizer.iterations) == training.best_epoch


@pytest.mark.parametrize(("patience", "epochs"), [(0, 9), (1, 3), (3, 5)])
def test_early_stopping_patience_ends_the_training(patience, epochs):
    # The weight is 1, 0, -0.5, ...: nearest to -0.4 after the second epoch.
    training = fit(
        linear(keras.optimizers.SGD(0.25)),
        lambda seed: pairs([1.0], [-1.0]),
        pairs([1.0], [-0.4]),
        Hyperparameters(epochs=9, early_stopping_patience=patience),
    )
    assert (training.best_epoch, len(training.history)) == (2, epochs)


def test_the_order_of_each_pass_depends_on_the_seed_and_its_number(tmp_path, caplog):
    caplog.set_level(logging.INFO, LOGGER.name)

    def train(
        epochs: int, seed: int, folder: CheckpointFolder | None = None, past: int = 0
    ) -> list[list[int]]:
        rows: list[int] = []
        ended: list[int] = []

        def note(rows_seen: np.ndarray) -> np.ndarray:
            rows.extend(int(row) for row in rows_seen)
            return rows_seen

        def one_pass(pass_seed: tf.Tensor) -> tf.data.Dataset:
            numbers = tf.data.Dataset.range(8).shuffle(8, seed=pass_seed).batch(2)
            return numbers.map(
                lambda some: tf.ensure_shape(tf.numpy_function(note, [some], tf.int64), [None])
            ).map(lambda some: (tf.cast(some, tf.float32)[:, tf.newaxis],) * 2)

        class Note(keras.callbacks.Callback):
            def on_epoch_end(self, epoch, logs=None):
                ended.append(epoch)

        settings = Hyperparameters(epochs=epochs, seed=seed)
        fit(
            linear(keras.optimizers.SGD(0.0)),
            one_pass,
            ONES,
            settings,
            folder=folder,
            callbacks=[Note()],
        )
        # Passes are read ahead of the epochs. A resumed training repeats the ends of past epochs.
        passes = [rows[start : start + 8] for start in range(0, len(rows), 8)]
        assert ended == list(range(epochs))
        return passes[: epochs - past]

    whole = train(4, seed=1)
    assert all(sorted(order) == list(range(8)) for order in whole)
    assert len(set(map(tuple, whole))) == 4
    assert train(4, seed=1) == whole
    assert train(4, seed=2) != whole
    folder = CheckpointFolder(str(tmp_path), "key")
    assert train(2, seed=1, folder=folder) == whole[:2]
    # Continues as after a process killed at this point.
    assert train(4, seed=1, folder=folder, past=2) == whole[2:]
    (note,) = [record.note for record in caplog.records if hasattr(record, "note")]
    assert note == f"continues after epoch 2 of an interrupted training, from {folder.path}"
