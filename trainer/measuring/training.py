"""Runs one training and measures its cost."""

import json
import os
import platform
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf
from tfx.components.trainer.fn_args_utils import FnArgs

from trainer import models
from trainer.fit.training_curves import HISTORY_FILE
from trainer.image_format import ImageFormat
from trainer.input_fn import read_image_format
from trainer.measuring import json_values
from trainer.measuring.cost import CostMeter
from trainer.models.macs import count_macs
from trainer.progress import LOGGER
from trainer.run_fn import count_records, run_fn
from trainer.runtime import devices
from trainer.settings.hyperparameters import Hyperparameters
from trainer.state.checkpoints import CHECKPOINTS

_TRAINING_FILE = "training.json"
_COST_FILE = "spent.json"


def train_once(
    hyperparameters: Hyperparameters,
    fn_args: FnArgs,
    folder: Path,
) -> dict[str, Any]:
    """Trains with run_fn, unless the folder already has the result.

    An interrupted training resumes after its last complete epoch. The cost covers the call of
    run_fn: reading, compiling, training, measuring each epoch on the eval split, and exporting. It
    excludes the import of libraries.

    Args:
      hyperparameters: the settings.
      fn_args: have the examples and the transform graph; the other fields are filled in.
      folder: exclusive to this training. The SavedModel goes to `serving`, the rest to `model_run`.

    Returns:
      Results and cost of the training. `macs` and `flops` are per served image.
    """
    result = json_values.read_if_complete(folder / _TRAINING_FILE)
    if result and (folder / "serving" / "saved_model.pb").is_file():
        return dict(result)
    size = _measure_size(hyperparameters, read_image_format(fn_args.train_files))
    checkpoints = folder / "checkpoints"
    if not json_values.read_if_complete(folder / _COST_FILE) and checkpoints.exists():
        # The cost of these checkpoints is lost, so train from the start.
        shutil.rmtree(checkpoints)
    fn_args.custom_config = {
        **hyperparameters.model_dump(mode="json"),
        CHECKPOINTS: str(checkpoints),
    }
    fn_args.serving_model_dir = str(folder / "serving")
    fn_args.model_run_dir = str(folder / "model_run")
    meter = CostMeter(folder / _COST_FILE)
    LOGGER.addHandler(meter)
    try:
        run_fn(fn_args)
    finally:
        LOGGER.removeHandler(meter)
    history = json.loads((folder / "model_run" / HISTORY_FILE).read_text(encoding="utf-8"))
    cost = meter.total(history["resumed_after"])
    epochs = len(history["epochs"])
    images = count_images(count_records(fn_args.train_files), epochs, hyperparameters)
    training = {
        "epochs": epochs,
        "best_epoch": history["best_epoch"],
        **size,
        **asdict(cost),
        "images": images,
        "images_per_cpu_second": images / cost.cpu_seconds,
        "machine": _describe_machine(),
        "history": [_eval_metrics(logs) for logs in history["epochs"]],
    }
    json_values.write(folder / _TRAINING_FILE, training)
    return training


def count_images(examples: int, epochs: int, hyperparameters: Hyperparameters) -> int:
    """Returns the number of images that a training processes, with repetitions.

    Args:
      examples: number of examples in the train split.
      epochs: number of trained epochs.
      hyperparameters: set the batches per epoch; the last batch of a pass may be smaller.
    """
    size = hyperparameters.batch_size
    batches = -(-examples // size)
    passes, more = divmod(epochs * (hyperparameters.steps_per_epoch or batches), batches)
    return passes * examples + more * size


def _measure_size(hyperparameters: Hyperparameters, images: ImageFormat) -> dict[str, int]:
    model = models.build(hyperparameters, images)
    # The served model may also predict the mirror image.
    macs = count_macs(model) * (2 if hyperparameters.average_mirrored else 1)
    size = {"parameters": model.count_params(), "macs": macs, "flops": 2 * macs}
    del model
    keras.backend.clear_session()
    return size


def _describe_machine() -> dict[str, Any]:
    return {
        "device": devices.describe(devices.distribution_strategy()),
        "cpus": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
    }


def _eval_metrics(logs: dict[str, float]) -> dict[str, float]:
    metrics = {name: value for name, value in logs.items() if name.startswith("val_")}
    return {"epoch": logs["epoch"], **metrics}
