"""What an interrupted training goes on from: a file after an epoch, in a place of its own.

Keras's BackupAndRestore is not used. It leaves out dropout's seeds, the best weights and the
history; it writes over the only copy in place, so that a kill in the middle leaves a broken one;
and it reaches object stores through TensorFlow alone, which no longer knows s3://.
"""

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tfx.dsl.io import fileio

from trainer.progress import LOGGER
from trainer.state.model_state import ModelState

# The key of the Trainer's `custom_config` beside the fields of Hyperparameters, and the name of
# its component's property: the folder for all checkpoints. Empty keeps none.
CHECKPOINTS = "checkpoints"

# Names sort by age, so that none needs to be opened to find the newest.
_NAME = re.compile(r"(?P<time>\d{8}T\d{6}\.\d{6}Z)-epoch(?P<epoch>\d+)\.npz")
_PART = ".part"
_ABOUT = "about"
# Trainings that were given up leave their checkpoints; so many of them stay.
_TRAININGS_KEPT = 4


@dataclass(frozen=True)
class Checkpoint:
    """A training after one of its epochs.

    Attributes:
      epoch: how many epochs have ended.
      history: the loss and the metrics of each of them.
      best_epoch: the one with the least loss on the eval split, counted from 1.
      state: of the model after `epoch`.
      best: of the model after `best_epoch`.
    """

    epoch: int
    history: tuple[Mapping[str, float], ...]
    best_epoch: int
    state: ModelState
    best: ModelState


class CheckpointFolder:
    """The checkpoints of one training: of its last epoch and of its best, in `URI/KEY/`."""

    def __init__(self, uri: str, key: str):
        self._uri = uri.rstrip("/")
        self._key = key
        self.path = f"{self._uri}/{key}"

    def save(self, checkpoint: Checkpoint) -> None:
        """Writes a checkpoint, and removes those that are then neither the last nor the best."""
        epoch, best_epoch = checkpoint.epoch, checkpoint.best_epoch
        if best_epoch != epoch and best_epoch not in self._by_epoch():
            # The best epoch was none of those after which one is written.
            past = checkpoint.history[:best_epoch]
            self._write(best_epoch, past, best_epoch, checkpoint.best)
        self._write(epoch, checkpoint.history, best_epoch, checkpoint.state)
        files = self._by_epoch()
        kept = {files[epoch], files[best_epoch]}
        for name in set(_names(self.path)) - kept:
            fileio.remove(f"{self.path}/{name}")

    def load(self) -> Checkpoint | None:
        """Returns the checkpoint of the last epoch that has a whole one; None if none has."""
        files = self._by_epoch()
        for epoch in sorted(files, reverse=True):
            try:
                about, state = _read(f"{self.path}/{files[epoch]}")
                best = state
                if about["best_epoch"] != epoch:
                    best = _read(f"{self.path}/{files[about['best_epoch']]}")[1]
            except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
                LOGGER.warning("%s: not a whole checkpoint: %s", files[epoch], error)
                continue
            return Checkpoint(epoch, tuple(about["history"]), about["best_epoch"], state, best)
        return None

    def remove(self) -> None:
        """Removes all checkpoints of this training."""
        if fileio.exists(self.path):
            fileio.rmtree(self.path)

    def remove_old_ones(self) -> None:
        """Removes those of other trainings but the youngest few, which may be under way."""
        others = [name for name in _names(self._uri) if name != self._key]
        by_age = sorted(others, key=lambda name: max(_names(f"{self._uri}/{name}"), default=""))
        for name in by_age[: -(_TRAININGS_KEPT - 1)]:
            fileio.rmtree(f"{self._uri}/{name}")

    def _by_epoch(self) -> dict[int, str]:
        matches = filter(None, map(_NAME.fullmatch, sorted(_names(self.path))))
        return {int(match["epoch"]): match[0] for match in matches}

    def _write(
        self,
        epoch: int,
        history: tuple[Mapping[str, float], ...],
        best_epoch: int,
        state: ModelState,
    ) -> None:
        about = json.dumps({"history": [dict(logs) for logs in history], "best_epoch": best_epoch})
        content = io.BytesIO()
        np.savez(content, **state, **{_ABOUT: np.array(about)})
        fileio.makedirs(self.path)
        now = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%S.%fZ")
        path = f"{self.path}/{now}-epoch{epoch}.npz"
        # A file with its final name is whole, whenever the process was killed.
        with fileio.open(f"{path}{_PART}", "wb") as file:
            file.write(content.getvalue())
        fileio.rename(f"{path}{_PART}", path)


def training_key(records: Iterable[tf.data.Dataset], settings: Mapping[str, Any]) -> str:
    """Returns the name of a training, the same in each run that would do the same.

    Args:
      records: for each split all its examples, string [], whatever their order: it is their
        bytes that count, which hold pixels, labels and what Transform normalises by, and not
        the artifact that they lie in.
      settings: of the training; the code of this package counts as well.

    Returns:
      32 hexadecimal digits.
    """
    key = hashlib.sha256(json.dumps(dict(settings), sort_keys=True).encode())
    for dataset in records:
        count, total = 0, 0
        for record in dataset.as_numpy_iterator():
            count += 1
            total += int.from_bytes(hashlib.sha256(record).digest(), "big")
        key.update(f"{count} {total % 2**256};".encode())
    root = Path(__file__).parents[1]
    for path in sorted(root.rglob("*.py")):
        key.update(str(path.relative_to(root)).encode() + path.read_bytes())
    return key.hexdigest()[:32]


def _read(path: str) -> tuple[dict[str, Any], ModelState]:
    with fileio.open(path, "rb") as file:
        content = io.BytesIO(file.read())
    with np.load(content, allow_pickle=False) as arrays:
        state = {name: arrays[name] for name in arrays.files}
    return json.loads(str(state.pop(_ABOUT))), state


def _names(folder: str) -> list[str]:
    """Lists a folder; object stores may give a folder's name with a slash."""
    if not fileio.isdir(folder):
        return []
    return [name.rstrip("/") for name in fileio.listdir(folder)]
