"""Reports the progress of a training to listeners."""

import logging
from typing import Any

import keras

# A listener adds a handler. Without a handler, the messages end in the log.
LOGGER = logging.getLogger("utkface.training")


def log_progress(message: str, level: int = logging.INFO) -> None:
    """Logs a message for the user who runs the training, also as `note` of the log record."""
    LOGGER.log(level, "%s", message, extra={"note": message})


class ProgressCallback(keras.callbacks.Callback):
    """Logs a record per step and per epoch.

    The `training` attribute of a record is a dict: `step` and `epoch` count from 1, `epochs` and
    `steps` are the totals (`steps` is None until the first epoch ends), and `logs` has the metrics.
    """

    def __init__(self) -> None:
        super().__init__()
        self._epoch = 0
        self._step = 0
        self._steps: int | None = None

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._epoch = epoch + 1
        self._step = 0

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._step = batch + 1
        self._log(logging.DEBUG, "epoch %d step %d", self._epoch, self._step, logs=logs)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._steps = self._step
        metrics = " ".join(f"{name}={value:.4g}" for name, value in (logs or {}).items())
        self._log(logging.INFO, "epoch %d ended: %s", self._epoch, metrics, logs=logs)

    def _log(self, level: int, message: str, *args: Any, logs: dict[str, Any] | None) -> None:
        training = {
            "epoch": self._epoch,
            "epochs": self.params.get("epochs"),
            "step": self._step,
            "steps": self._steps or self.params.get("steps"),
            "logs": logs or {},
        }
        LOGGER.log(level, message, *args, extra={"training": training})
