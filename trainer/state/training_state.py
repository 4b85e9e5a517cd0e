"""What a training ends with, beside the model that is served: the file that another begins with."""

import hashlib
import tempfile
import zipfile
import zlib
from dataclasses import dataclass

import keras
from tfx.dsl.io import fileio

# The model with the best epoch's weights and the state that the optimizer had then.
TRAINING_STATE_FILE = "model.keras"
# What Keras and its zip and HDF5 files raise for one that is cut off, of something else, or of
# another release.
_UNREADABLE = (
    *(ValueError, TypeError, KeyError, AttributeError, ImportError),
    *(OSError, EOFError, zipfile.BadZipFile, zlib.error),
)


class TrainingStateError(ValueError):
    """A training cannot begin with what was found; the message says why, and what to do."""


@dataclass(frozen=True)
class TrainingState:
    """What an earlier training ended with.

    Attributes:
      name: the entry of the history that it came with, or the path that was named.
      digest: SHA-256 of the file, 64 hexadecimal digits.
      model: compiled, with the state of its optimizer.
    """

    name: str
    digest: str
    model: keras.Model


def read_training_state(folder: str, name: str) -> TrainingState:
    """Reads TRAINING_STATE_FILE.

    Args:
      folder: where it lies, also on an object store.
      name: what to call it.

    Raises:
      TrainingStateError: if it is not there, or is no compiled model that this release can load.
    """
    try:
        with fileio.open(f"{folder}/{TRAINING_STATE_FILE}", "rb") as file:
            content = file.read()
        with tempfile.NamedTemporaryFile(suffix=".keras") as copy:
            copy.write(content)
            copy.flush()
            model = keras.saving.load_model(copy.name)
    except _UNREADABLE as error:
        raise TrainingStateError(
            f"{name}: expected a model of this release, as the Trainer leaves it in its model run. "
            f"Found one that Keras cannot load; {type(error).__name__}: {error}"
        ) from error
    if getattr(model, "optimizer", None) is None:
        raise TrainingStateError(
            f"{name}: expected a compiled model, as the Trainer leaves it in its model run. Found "
            "one without an optimizer."
        )
    return TrainingState(name, hashlib.sha256(content).hexdigest(), model)
