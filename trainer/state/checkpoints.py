"""Checkpoints that an interrupted training resumes from, each in a file of its own.

Keras's BackupAndRestore has three faults. It leaves out the dropout seeds, the best weights and the
history. It overwrites its only copy in place, so a kill during a write leaves a broken file. And
it reaches object stores only through TensorFlow, which no longer supports s3://.
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

# Key of the Trainer's `custom_config`, beside the fields of Hyperparameters, and property of its
# component: the folder for all checkpoints. Empty disables checkpoints.
CHECKPOINTS = "checkpoints"

# Names sort by age, so the newest file is found without opening any.
_NAME = re.compile(r"(?P<time>\d{8}T\d{6}\.\d{6}Z)-epoch(?P<epoch>\d+)\.npz")
_KEY = re.compile(r"[0-9a-f]{32}")
_PART = ".part"
_ABOUT = "about"
# Abandoned trainings leave checkpoints behind. This many trainings keep theirs.
_TRAININGS_KEPT = 4


@dataclass(frozen=True)
class Checkpoint:
    """The state of a training after an epoch.

    Attributes:
      epoch: number of finished epochs.
      history: loss and metrics of each finished epoch.
      best_epoch: the epoch with the lowest loss on the eval split, counted from 1.
      state: state of the model after `epoch`.
      best: state of the model after `best_epoch`.
    """

    epoch: int
    history: tuple[Mapping[str, float], ...]
    best_epoch: int
    state: ModelState
    best: ModelState


class CheckpointFolder:
    """The checkpoints of a training, for its last and its best epoch, in `URI/KEY/`."""

    def __init__(self, uri: str, key: str):
        self._uri = uri.rstrip("/")
        self._key = key
        self.path = f"{self._uri}/{key}"

    def save(self, checkpoint: Checkpoint) -> None:
        """Writes a checkpoint, and removes all but the last and the best."""
        epoch, best_epoch = checkpoint.epoch, checkpoint.best_epoch
        if best_epoch != epoch and best_epoch not in self._by_epoch():
            # No checkpoint was due after the best epoch.
            past = checkpoint.history[:best_epoch]
            self._write(best_epoch, past, best_epoch, checkpoint.best)
        self._write(epoch, checkpoint.history, best_epoch, checkpoint.state)
        files = self._by_epoch()
        kept = {files[epoch], files[best_epoch]}
        for name in set(_names(self.path)) - kept:
            fileio.remove(f"{self.path}/{name}")

    def load(self) -> Checkpoint | None:
        """Returns the newest complete checkpoint; None if there is none."""
        files = self._by_epoch()
        for epoch in sorted(files, reverse=True):
            try:
                about, state = _read(f"{self.path}/{files[epoch]}")
                best = state
                if about["best_epoch"] != epoch:
                    best = _read(f"{self.path}/{files[about['best_epoch']]}")[1]
            except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
                LOGGER.warning("%s: skipped, not a complete checkpoint: %s", files[epoch], error)
                continue
            return Checkpoint(epoch, tuple(about["history"]), about["best_epoch"], state, best)
        return None

    def describe(self) -> str:
        """Returns the key of the training, and the newest epoch with a checkpoint."""
        return f"training {self._key} after epoch {max(self._by_epoch(), default=0)}"

    def remove(self) -> None:
        """Removes the checkpoints of this training."""
        if fileio.exists(self.path):
            fileio.rmtree(self.path)

    def remove_other_trainings(self) -> None:
        """Removes checkpoints of other trainings, except the newest, which may still be running."""
        others = [name for name in _names(self._uri) if name != self._key and _KEY.fullmatch(name)]
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
        # A file gets its final name only when complete, even if the process is killed.
        with fileio.open(f"{path}{_PART}", "wb") as file:
            file.write(content.getvalue())
        fileio.rename(f"{path}{_PART}", path)


def training_key(records: Iterable[tf.data.Dataset], settings: Mapping[str, Any]) -> str:
    """Returns the key of a training. Runs with the same data, settings and code share it.

    Args:
      records: all examples of each split, string [], in any order. Their bytes count (pixels,
        labels and the normalization of Transform), not the artifact that they are in.
      settings: settings of the training. The code of this package is added.

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
    """Lists a folder, without the slash that object stores may append to names."""
    if not fileio.isdir(folder):
        return []
    return [name.rstrip("/") for name in fileio.listdir(folder)]
