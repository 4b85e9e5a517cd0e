"""Checks whether a run can write to its folders, before it computes anything."""

import concurrent.futures
import uuid
from collections.abc import Sequence

from tfx.dsl.io import fileio

from components.errors import InputError

# Seconds; the clients of object stores retry for minutes.
_PATIENCE = 90


def check_writable(folders: Sequence[str]) -> None:
    """Writes a small file into each folder, reads it and deletes it.

    Raises:
      InputError: if a folder is not writable.
    """
    for folder in folders:
        # Not a `with` block: its exit would wait for a hanging call.
        pool = concurrent.futures.ThreadPoolExecutor(max_workers=1)
        try:
            pool.submit(_probe, folder).result(timeout=_PATIENCE)
        except concurrent.futures.TimeoutError:
            raise _refused(folder, f"no answer within {_PATIENCE} seconds") from None
        except Exception as error:
            found = " ".join(str(error).split()) or type(error).__name__
            raise _refused(folder, found) from error
        finally:
            pool.shutdown(wait=False)


def _probe(folder: str) -> None:
    path = f"{folder.rstrip('/')}/probe-{uuid.uuid4().hex}"
    fileio.makedirs(folder)
    with fileio.open(path, "w") as file:
        file.write("probe")
    with fileio.open(path, "r") as file:
        if file.read() != "probe":
            raise OSError("what was written is not what is read")
    fileio.remove(path)


def _refused(folder: str, found: str) -> InputError:
    return InputError(
        f"{folder}: expected a folder that the steps can write to; found: {found}. Check that the "
        "bucket exists, that its keys may write, and kubeflow.env and kubeflow.secrets, which name "
        "the store and its keys."
    )
