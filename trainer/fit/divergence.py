"""Stops a training whose loss is NaN or infinite, or has exploded."""

import math
from collections.abc import Callable
from typing import Any

import keras

# Training does not recover from a loss this many times the loss of the first step.
_EXPLODED = 1e4


class DivergenceError(RuntimeError):
    """The loss is NaN, infinite or has exploded. The message says where, and what to do."""


class DivergenceCallback(keras.callbacks.Callback):
    """Checks the train loss after each step, and the eval loss after each epoch.

    Keras passes the mean loss of the epoch so far, which stays NaN after a NaN step. The progress
    display fetches it anyway. Place this callback before the callback that writes checkpoints:
    then no diverged model is saved.
    """

    def __init__(
        self,
        describe_checkpoint: Callable[[], str],
        rate_setting: Callable[[], str] = lambda: "learning_rate",
    ):
        """Makes the callback.

        Args:
          describe_checkpoint: returns a sentence with the location of the last good checkpoint.
          rate_setting: returns the field of Hyperparameters that sets the learning rate.
        """
        super().__init__()
        self._describe_checkpoint = describe_checkpoint
        self._rate_setting = rate_setting
        self._epoch = 0
        self._first: float | None = None

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._epoch = epoch + 1

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        loss = (logs or {}).get("loss", 0.0)
        self._check(loss, f"at step {batch + 1} of epoch {self._epoch}")
        if self._first is None:
            self._first = max(loss, 1.0)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        loss = (logs or {}).get("val_loss", 0.0)
        self._check(loss, f"on the eval split after epoch {self._epoch}")

    def _check(self, loss: float, where: str) -> None:
        if math.isfinite(loss) and loss <= _EXPLODED * (self._first or math.inf):
            return
        rate = float(self.model.optimizer.learning_rate)
        before = "" if self._first is None else f"; at the first step it was {self._first:.4g}"
        if self._first is None and not math.isfinite(loss):
            advice = (
                "The model has learned nothing yet, so check the data: pixels, labels, and the "
                "means and scales of the transform must be finite."
            )
        else:
            advice = (
                f"Lower trainer.{self._rate_setting()}, e.g. to {rate / 10:.1g}. If that does not "
                "help, check pixels and labels for NaN and infinite values."
            )
        raise DivergenceError(
            f"Expected a finite loss that falls. Found a loss of {loss:.4g} {where}{before}. The "
            f"learning rate is {rate:.4g}. {advice} {self._describe_checkpoint()}"
        )
