"""Trains a model epoch by epoch, and resumes an interrupted training."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

from trainer.fit.divergence import DivergenceCallback
from trainer.fit.fine_tuning import FineTuning, SwapAverages
from trainer.progress import ProgressCallback, log_progress
from trainer.runtime.replicas import (
    Replicas,
    count_elements,
    distribute,
    endless,
    eval_batches,
)
from trainer.settings.hyperparameters import Hyperparameters
from trainer.state.checkpoints import Checkpoint, CheckpointFolder
from trainer.state.model_state import averaged_weights, build_metrics, read_state, write_state

# From a seed, int64 [], at least 0, to a pass over the train split in the order of that seed.
MakePass = Callable[[tf.Tensor], tf.data.Dataset]


@dataclass(frozen=True)
class Training:
    """The result of a training.

    Attributes:
      history: loss and metrics of each epoch, including epochs before an interruption.
      best_epoch: the epoch whose weights the model has, counted from 1.
      resumed_after: the epoch after which the training was resumed; 0 if it was not interrupted.
    """

    history: tuple[dict[str, float], ...]
    best_epoch: int
    resumed_after: int


def train_batches(
    make_pass: MakePass, *, seed: int, steps_per_epoch: int, first: int, local: int = 1
) -> tuple[tf.data.Dataset, int]:
    """Returns endless passes over the train split. Seed and number of a pass determine its order.

    The tenth epoch sees the examples in the same order whether or not the same process ran the
    first nine. tf.data's own reshuffling would start over in a new process.

    Args:
      make_pass: makes a pass; traced once, not called for each pass.
      seed: seed of the orders.
      steps_per_epoch: steps per epoch; 0 makes an epoch one pass.
      first: number of the first epoch, counted from 0.
      local: elements of a pass per step, one for each replica of this process.

    Returns:
      The elements from the first epoch on, and the steps per epoch.
    """

    @tf.autograph.experimental.do_not_convert
    def order(number: tf.Tensor) -> tf.data.Dataset:
        drawn = tf.random.stateless_uniform([], [seed, number], 0, 2**31 - 1, tf.int64)
        return make_pass(drawn)

    if steps_per_epoch:
        # An epoch shorter than a pass continues where the previous epoch stopped.
        numbers = tf.data.Dataset.range(tf.int64.max)
        elements = numbers.flat_map(order).skip(first * steps_per_epoch * local)
    else:
        count = count_elements(make_pass(tf.constant(0, tf.int64)))
        steps_per_epoch = count // local
        # Keras must not reach the end of the data: a step without a batch may still advance the
        # schedule of the optimizer. Oversampling may draw one batch more or less.
        numbers = tf.data.Dataset.range(first, tf.int64.max)
        elements = numbers.flat_map(lambda number: order(number).repeat().take(count))
    return endless(elements.prefetch(tf.data.AUTOTUNE)), steps_per_epoch


class CheckpointCallback(keras.callbacks.Callback):
    """Keeps the state of the best epoch, writes checkpoints, and stops early if configured.

    The model ends with the weights of its best epoch, as in the tutorial: the loss varies from
    epoch to epoch, and the last epoch may be bad.
    """

    def __init__(
        self,
        hyperparameters: Hyperparameters,
        folder: CheckpointFolder | None,
        checkpoint: Checkpoint | None,
    ):
        """Makes the callback.

        Args:
          hyperparameters: set how often to write checkpoints, and when to stop.
          folder: folder of the checkpoints; None writes none.
          checkpoint: the checkpoint that the training resumes from, if any.
        """
        super().__init__()
        self._hyperparameters = hyperparameters
        self._folder = folder
        self.last = checkpoint
        self.written = checkpoint.epoch if checkpoint else 0

    @property
    def must_stop(self) -> bool:
        """Whether the loss on the eval split has not fallen for `patience` epochs."""
        patience = self._hyperparameters.early_stopping_patience
        last = self.last
        return bool(patience and last and last.epoch - last.best_epoch >= patience)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        metrics = {name: float(value) for name, value in (logs or {}).items()}
        metrics["learning_rate"] = float(self.model.optimizer.learning_rate)
        state = read_state(self.model)
        past = self.last.history if self.last else ()
        best_epoch, best = epoch + 1, state
        if self.last and past[self.last.best_epoch - 1]["val_loss"] <= metrics["val_loss"]:
            best_epoch, best = self.last.best_epoch, self.last.best
        self.last = Checkpoint(epoch + 1, (*past, metrics), best_epoch, state, best)
        self.model.stop_training = self.must_stop
        due = (epoch + 1) % self._hyperparameters.checkpoint_every_epochs == 0
        if self._folder and due:
            self._folder.save(self.last)
            self.written = epoch + 1

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        if self.last:
            write_state(self.model, self.last.best)

    def describe_checkpoint(self) -> str:
        """Returns a sentence with the location of the last checkpoint."""
        if not self._folder or not self.written:
            return "There is no earlier checkpoint."
        return f"The last good checkpoint, of epoch {self.written}, is in {self._folder.path}."


def fit(
    model: keras.Model,
    make_pass: MakePass,
    evaluation: tf.data.Dataset,
    hyperparameters: Hyperparameters,
    *,
    folder: CheckpointFolder | None = None,
    writes: bool = True,
    rate_setting: str = "learning_rate",
    fine_tuning: FineTuning | None = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> Training:
    """Trains a compiled model, which ends with the state of its best epoch.

    Args:
      model: the model; its optimizer also ends with the state of the best epoch.
      make_pass: makes a pass over the train split.
      evaluation: batches to measure each epoch on.
      hyperparameters: set how long to train.
      folder: folder to read and write checkpoints; None does neither.
      writes: whether this process writes checkpoints; with several workers, only the chief does.
      rate_setting: the field of Hyperparameters that set the learning rate.
      fine_tuning: trains only the heads at first; None trains all layers throughout.
      callbacks: called after each epoch; `on_epoch_end` also replays epochs before a resume.

    Raises:
      DivergenceError: if the loss is NaN, infinite or has exploded.
    """
    checkpoint = _restore(model, folder) if folder else None
    first = checkpoint.epoch if checkpoint else 0
    checkpoints = CheckpointCallback(hyperparameters, folder if writes else None, checkpoint)
    strategy = model.distribute_strategy
    batches, steps = train_batches(
        make_pass,
        seed=hyperparameters.seed,
        steps_per_epoch=hyperparameters.steps_per_epoch,
        first=first,
        local=Replicas.of(strategy).local,
    )
    measured, eval_steps = eval_batches(strategy, evaluation)
    for epoch, logs in enumerate(checkpoint.history if checkpoint else ()):
        for callback in callbacks:
            callback.on_epoch_end(epoch, dict(logs))
    build_metrics(model, next(iter(evaluation)))
    averages = [SwapAverages()] if averaged_weights(model) else []
    if fine_tuning and not checkpoints.must_stop:
        fine_tuning.prepare(model, first)
    tuned = hyperparameters.pretrained.fine_tune_learning_rate is not None

    def name_rate() -> str:
        second = tuned and fine_tuning is not None and fine_tuning.in_second_phase
        return "pretrained.fine_tune_learning_rate" if second else rate_setting

    model.fit(
        distribute(strategy, batches),
        validation_data=measured,
        validation_steps=eval_steps,
        initial_epoch=hyperparameters.epochs if checkpoints.must_stop else first,
        epochs=hyperparameters.epochs,
        steps_per_epoch=steps,
        verbose=0,
        callbacks=[
            *averages,
            DivergenceCallback(checkpoints.describe_checkpoint, name_rate),
            *(*callbacks, checkpoints),
            *([fine_tuning] if fine_tuning else []),
            # Last: an epoch that is displayed as finished must be saved.
            ProgressCallback(),
        ],
    )
    last = checkpoints.last
    if last is None:
        raise RuntimeError("Expected at least one epoch. Received: epochs=0.")
    return Training(tuple(map(dict, last.history)), last.best_epoch, first)


def _restore(model: keras.Model, folder: CheckpointFolder) -> Checkpoint | None:
    checkpoint = folder.load()
    if checkpoint is None:
        return None
    try:
        write_state(model, checkpoint.state)
    except ValueError as error:
        log_progress(f"{folder.path}: training starts from scratch. {error}", logging.WARNING)
        return None
    log_progress(
        f"continues after epoch {checkpoint.epoch} of an interrupted training, from {folder.path}"
    )
    return checkpoint
