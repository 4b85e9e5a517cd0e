"""The training state: the file beside the served model that a warm start loads."""

import hashlib
import tempfile
import zipfile
import zlib
from dataclasses import dataclass

import keras
from tfx.dsl.io import fileio

from trainer.state.compact_file import compress
from trainer.state.model_state import inner_optimizer, moments
from trainer.state.safe_models import load_safely

# The model with the weights and the optimizer state of the best epoch.
TRAINING_STATE_FILE = "model.keras"
# Errors of Keras, zip and HDF5 for a file that is truncated, of another kind, or of another
# release.
_UNREADABLE = (
    *(ValueError, TypeError, KeyError, AttributeError, ImportError),
    *(OSError, EOFError, zipfile.BadZipFile, zlib.error),
)


class TrainingStateError(ValueError):
    """A training state cannot be used. The message gives the reason and the remedy."""


@dataclass(frozen=True)
class TrainingState:
    """The state at the end of an earlier training.

    Attributes:
      name: its history entry, or the path in the settings.
      digest: SHA-256 of the file, 64 hexadecimal digits.
      model: compiled model with its optimizer state.
    """

    name: str
    digest: str
    model: keras.Model


def write_training_state(model: keras.Model, folder: str) -> None:
    """Writes TRAINING_STATE_FILE, a Keras file of half the size that Keras would write.

    The moments of the optimizer, two thirds of the file, are rounded to the 8 significant bits of
    a bfloat16; the weights are kept as they are.

    Args:
      model: compiled model; its optimizer ends with the rounded moments.
      folder: folder of the file, possibly on an object store.
    """
    for moment in moments(inner_optimizer(model)):
        # A scalar may be the learning rate.
        if moment.dtype == "float32" and len(moment.shape):
            moment.assign(keras.ops.cast(keras.ops.cast(moment, "bfloat16"), "float32"))
    with tempfile.TemporaryDirectory() as temporary:
        path = f"{temporary}/{TRAINING_STATE_FILE}"
        model.save(path)
        fileio.makedirs(folder)
        with fileio.open(f"{folder}/{TRAINING_STATE_FILE}", "wb") as file:
            compress(path, file)


def read_training_state(folder: str, name: str) -> TrainingState:
    """Reads TRAINING_STATE_FILE.

    Args:
      folder: folder of the file, possibly on an object store.
      name: name of the state, for messages.

    Raises:
      TrainingStateError: if the file is missing, or not a compiled model that this release loads.
    """
    try:
        with fileio.open(f"{folder}/{TRAINING_STATE_FILE}", "rb") as file:
            content = file.read()
        with tempfile.NamedTemporaryFile(suffix=".keras") as copy:
            copy.write(content)
            copy.flush()
            model = load_safely(copy.name)
    except _UNREADABLE as error:
        raise TrainingStateError(
            f"{name}: expected a model of this release, as the Trainer saves it in its model run. "
            f"Found a file that Keras cannot load: {type(error).__name__}: {error}. Start from "
            "another model, or set trainer.warm_start=none."
        ) from error
    if getattr(model, "optimizer", None) is None:
        raise TrainingStateError(
            f"{name}: expected a compiled model, as the Trainer saves it in its model run. Found "
            "a model without an optimizer. Start from a model.keras that has its optimizer state."
        )
    return TrainingState(name, hashlib.sha256(content).hexdigest(), model)
