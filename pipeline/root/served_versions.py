"""Finds the pushed model that is served, and checks its files before anything loads them."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from google.protobuf.message import DecodeError

from components.errors import InputError
from components.serving.folder import LATEST_FILE, ServingFolder
from components.serving.manifest import find_model_damage
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
      folder: the folder of the version; may be on an object store.
      files: a local folder with its files.
      warnings: one line per version that would be used instead, but is damaged: what is wrong, and
        what to do.
    """

    folder: str
    files: Path
    warnings: tuple[str, ...]


@contextlib.contextmanager
def served_version(root: Path) -> Iterator[ServedVersion]:
    """Yields the pushed model that `latest` names; the newest complete model if it is damaged.

    The files of a model on an object store are copied, and removed afterwards.

    Raises:
      FileNotFoundError: if no model was pushed.
      InputError: if no version is complete; the message names each version.
    """
    with contextlib.ExitStack() as copies:
        with quiet_stderr():
            version = _find_version(root, copies)
        yield version


def _find_version(root: Path, copies: contextlib.ExitStack) -> ServedVersion:
    storage = RootStorage.of(root)
    serving = ServingFolder(storage.serving)
    versions = [folder.rpartition("/")[2] for folder in storage.served_models()]
    latest = serving.latest()
    damage: dict[str, str] = {}
    for version in dict.fromkeys((*([latest] if latest else []), *versions)):
        folder = serving.path(version)
        problem = "there is no such folder"
        if version in versions:
            local = Path(copies.enter_context(local_copy(folder)))
            problem = find_problem(serving, version, local)
        if not problem:
            warnings = [
                f"{other}: expected a complete model; {reason}. Version {version} is used "
                f"instead. Delete {other}, or run `utkface run` again."
                for other, reason in damage.items()
            ]
            if latest is None and not serving.predates_manifests(version):
                warnings.append(
                    f"{serving.uri}/{LATEST_FILE}: expected the number of the version to use; "
                    f"found none. Version {version}, the newest, is used. `utkface rollback "
                    f"{version} --root {root}` writes the file."
                )
            return ServedVersion(folder, local, tuple(warnings))
        damage[folder] = problem
    reasons = "; ".join(
        f"{folder.rpartition('/')[2]}: {problem}" for folder, problem in damage.items()
    )
    raise InputError(
        f"{storage.serving}: expected a complete model in one of its versions; found none. "
        f"{reasons}. Run `utkface run --data PATH --root {root}` to push one."
    )


def find_problem(serving: ServingFolder, version: str, local: Path) -> str:
    """Returns why a version must not be used; empty if it may.

    Args:
      serving: the folder of the versions.
      version: the version.
      local: a local folder with its files.
    """
    if not serving.predates_manifests(version):
        return find_model_damage(str(local), version)
    if not files.exists(f"{local}/{MODEL_FILE}"):
        return f"it has no {MODEL_FILE}, which is copied last"
    return find_damage(local)


def find_damage(folder: Path) -> str:
    """Returns what is wrong with a model of an earlier release, which has no manifest.

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
