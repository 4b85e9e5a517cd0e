"""Finds the pushed models that can be loaded."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from google.protobuf.message import DecodeError

from components.errors import InputError
from components.storage import files
from components.storage.local_copies import local_copy
from pipeline.console.quiet import quiet_stderr
from pipeline.layout import MODEL_FILE
from pipeline.root.storage import RootStorage

_VARIABLES = "variables/variables"
_SIGNATURE = "serving_bytes"


@dataclass(frozen=True)
class ServedVersion:
    """A pushed model.

    Attributes:
      folder: the folder of the newest complete version; may be on an object store.
      files: a local folder with its files.
      warnings: one line per newer, damaged version: what is wrong, and what to do.
    """

    folder: str
    files: Path
    warnings: tuple[str, ...]


@contextlib.contextmanager
def newest_version(root: Path) -> Iterator[ServedVersion]:
    """Yields the newest pushed model whose files are complete.

    A killed push, or an interrupted copy of a root, leaves a newer version that cannot be
    loaded. The files of a model on an object store are copied, and removed afterwards.

    Raises:
      FileNotFoundError: if no model was pushed.
      InputError: if no version is complete; the message names each version.
    """
    with contextlib.ExitStack() as copies:
        with quiet_stderr():
            version = _find_newest_version(root, copies)
        yield version


def _find_newest_version(root: Path, copies: contextlib.ExitStack) -> ServedVersion:
    storage = RootStorage.of(root)
    damage: dict[str, str] = {}
    for folder in storage.served_models():
        name = _name(folder)
        if not files.exists(f"{folder}/{MODEL_FILE}"):
            damage[folder] = f"it has no {MODEL_FILE}, which is copied last"
            continue
        local = Path(copies.enter_context(local_copy(folder)))
        problem = find_damage(local)
        if not problem:
            warnings = tuple(
                f"{newer}: expected a complete model; {reason}. Version {name} is used "
                f"instead. Delete {newer}, or run `utkface run` again."
                for newer, reason in damage.items()
            )
            return ServedVersion(folder, local, warnings)
        damage[folder] = problem
    reasons = "; ".join(f"{_name(folder)}: {problem}" for folder, problem in damage.items())
    raise InputError(
        f"{storage.serving}: expected a complete model in one of its versions; found none. "
        f"{reasons}. Run `utkface run --data PATH --root {root}` to push one."
    )


def find_damage(folder: Path) -> str:
    """Returns what is wrong with the files of a pushed model; empty if nothing is.

    Parses the graph and reads all variables, each of which has a checksum. This finds the damage
    that loading the model would find, in a fraction of the time.
    """
    from tensorflow.core.protobuf import saved_model_pb2

    path = folder / MODEL_FILE
    model = saved_model_pb2.SavedModel()
    try:
        content = path.read_bytes()
        # Some versions of protobuf only warn where they stop.
        complete = model.ParseFromString(content) == len(content)
    except (DecodeError, OSError):
        complete = False
    if not complete or not model.meta_graphs:
        return f"its {MODEL_FILE} is truncated, or not a SavedModel"
    if not any(_SIGNATURE in graph.signature_def for graph in model.meta_graphs):
        return f"it has no signature {_SIGNATURE}, so another release wrote it"
    return _find_damaged_variable(folder)


def _name(folder: str) -> str:
    return folder.rpartition("/")[2]


def _find_damaged_variable(folder: Path) -> str:
    import tensorflow as tf

    name = ""
    try:
        reader = tf.train.load_checkpoint(str(folder / _VARIABLES))
        for name in sorted(reader.get_variable_to_shape_map()):
            reader.get_tensor(name)
    # TensorFlow's errors share no base class here: RuntimeError, IndexError, its own errors.
    except Exception as error:
        first, *_ = str(error).splitlines() or [type(error).__name__]
        return f"its variables cannot be read ({name + ': ' if name else ''}{first})"
    return ""
