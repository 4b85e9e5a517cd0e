"""The history of a training, a plot of the history, and TensorBoard logs."""

import io
import json
import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import tensorflow as tf
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from tfx.dsl.io import fileio

from trainer.features import IMAGE_SIZE
from trainer.palette import SERIES
from trainer.tasks import TASKS

HISTORY_FILE = "history.json"
CURVES_FILE = "training_curves.svg"
LOGS_FOLDER = "logs"

# The name of each metric in a history, and its title.
_PANELS = (
    ("loss", "loss, all tasks"),
    *(
        (
            task.history_key,
            f"{task.name}: {task.measure_title}{f', {task.unit}' if task.unit else ''}",
        )
        for task in TASKS
    ),
)
_TRAIN, _EVAL, _BEST = SERIES[:3]


def write_history(
    folder: str,
    history: Sequence[Mapping[str, float]],
    *,
    hyperparameters: Mapping[str, Any],
    best_epoch: int,
    resumed_after: int,
    warm_start: Mapping[str, Any] | None = None,
    no_warm_start: str = "",
    image_size: int = IMAGE_SIZE,
) -> None:
    """Writes HISTORY_FILE and CURVES_FILE.

    Args:
      folder: folder to write to.
      history: loss and metrics of each epoch; NaN, which JSON lacks, is written as null.
      hyperparameters: settings of the training, in JSON types.
      best_epoch: the epoch whose weights were kept, counted from 1.
      resumed_after: the epoch after which the training was resumed; 0 if it was not interrupted.
      warm_start: WarmStart.as_dict of trainer.state.warm_start; None if trained from scratch.
      no_warm_start: why a requested warm start was not possible; empty otherwise.
      image_size: pixels per side of the training images.
    """
    document = {
        "best_epoch": best_epoch,
        "resumed_after": resumed_after,
        "warm_start": warm_start and {**warm_start, "before": _nan_to_null(warm_start["before"])},
        "no_warm_start": no_warm_start,
        "image_size": image_size,
        "hyperparameters": dict(hyperparameters),
        "epochs": [
            {"epoch": number, **_nan_to_null(logs)} for number, logs in enumerate(history, start=1)
        ],
    }
    fileio.makedirs(folder)
    with fileio.open(f"{folder}/{HISTORY_FILE}", "w") as file:
        file.write(json.dumps(document, indent=2) + "\n")
    with fileio.open(f"{folder}/{CURVES_FILE}", "wb") as file:
        file.write(draw_curves(history, best_epoch))


def _nan_to_null(logs: Mapping[str, float]) -> dict[str, float | None]:
    return {name: None if math.isnan(value) else value for name, value in logs.items()}


def read_history(folder: str) -> dict[str, Any]:
    """Reads HISTORY_FILE, as write_history writes it."""
    with fileio.open(f"{folder}/{HISTORY_FILE}", "r") as file:
        history: dict[str, Any] = json.loads(file.read())
    return history


def draw_curves(history: Sequence[Mapping[str, float]], best_epoch: int) -> bytes:
    """Plots loss and metrics by epoch, for the train and the eval split.

    Args:
      history: loss and metrics of each epoch; missing metrics are not drawn.
      best_epoch: the epoch to mark, counted from 1.

    Returns:
      An SVG document; the same bytes for the same history.
    """
    epochs = range(1, len(history) + 1)
    panels = [panel for panel in _PANELS if history and panel[0] in history[0]]
    # No date, and a fixed salt for the ids: the same history always gives the same file.
    with rc_context({"svg.hashsalt": "utkface", "svg.fonttype": "path", "font.size": 10}):
        figure = Figure(figsize=(10, 3.4 * ((len(panels) + 1) // 2)), layout="constrained")
        figure.suptitle(f"Training by epoch; the model has the weights of epoch {best_epoch}")
        for position, (name, title) in enumerate(panels, start=1):
            axes = figure.add_subplot((len(panels) + 1) // 2, 2, position)
            for prefix, color, label in (("", _TRAIN, "train"), ("val_", _EVAL, "eval")):
                values = [logs[f"{prefix}{name}"] for logs in history]
                marker = "o" if len(values) < 30 else None
                axes.plot(epochs, values, color=color, label=label, marker=marker, markersize=3)
            best = history[best_epoch - 1][f"val_{name}"]
            axes.axvline(best_epoch, color=_BEST, linewidth=1, linestyle="--")
            axes.plot(
                [best_epoch],
                [best],
                color=_BEST,
                marker="D",
                linestyle="none",
                label=f"kept: {best:.4g}",
            )
            axes.set_title(title, fontsize=10)
            axes.set_xlabel("epoch")
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            axes.spines[["top", "right"]].set_visible(False)
            axes.legend(frameon=False)
        document = io.BytesIO()
        figure.savefig(document, format="svg", metadata={"Date": None})
    return document.getvalue()


class ScalarLogs(keras.callbacks.Callback):
    """Writes TensorBoard logs: loss, metrics and learning rate of each epoch.

    Keras's callback needs the package `tensorboard`, which TensorFlow 2.21 no longer installs. A
    log is a file of records, one each in `train/` and `validation/`.
    """

    def __init__(self, folder: str):
        super().__init__()
        self._folder = folder
        self._writers: dict[str, tf.io.TFRecordWriter] = {}

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        train, validation = {}, {}
        for name, value in (logs or {}).items():
            if name.startswith("val_"):
                validation[f"epoch_{name.removeprefix('val_')}"] = float(value)
            else:
                train[f"epoch_{name}"] = float(value)
        if self.model is not None and self.model.optimizer is not None:
            train["epoch_learning_rate"] = float(self.model.optimizer.learning_rate)
        for name, values in (("train", train), ("validation", validation)):
            self._write(name, epoch, values)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()

    def _write(self, name: str, epoch: int, values: Mapping[str, float]) -> None:
        event = tf.compat.v1.Event
        if name not in self._writers:
            folder = f"{self._folder}/{name}"
            fileio.makedirs(folder)
            path = f"{folder}/events.out.tfevents.{int(time.time())}.utkface"
            self._writers[name] = tf.io.TFRecordWriter(path)
            first = event(wall_time=time.time(), file_version="brain.Event:2")
            self._writers[name].write(first.SerializeToString())
        scalars = [
            tf.compat.v1.Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()
        ]
        record = event(
            wall_time=time.time(), step=epoch, summary=tf.compat.v1.Summary(value=scalars)
        )
        self._writers[name].write(record.SerializeToString())
        # TensorBoard can then follow the training.
        self._writers[name].flush()
