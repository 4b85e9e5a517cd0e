"""The environment of a run: temporary files, caches of libraries, file modes and CPU cores."""

import contextlib
import os
import random
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

# Libraries that write to the home folder unless these variables name another; and where there.
_CACHES = {
    "MPLCONFIGDIR": (".config/matplotlib", ".cache/matplotlib"),
    "KERAS_HOME": (".keras",),
}


@contextlib.contextmanager
def no_public_writes() -> Iterator[None]:
    """Makes no file of the body writable for everybody, whatever the umask."""
    before = os.umask(0)
    os.umask(before | stat.S_IWOTH)
    try:
        yield
    finally:
        os.umask(before)


@contextlib.contextmanager
def run_environment(temporary: Path, caches: Path, threads: int | None) -> Iterator[None]:
    """Prepares this process for a run, and restores it.

    Args:
      temporary: new folder for temporary files. It is removed at the end, because Beam and TFX
        leave theirs behind.
      caches: folder for caches of libraries that the home does not have.
      threads: the most CPU cores to use; None uses all.
    """
    with contextlib.ExitStack() as stack:
        stack.enter_context(_temporary_folder(temporary))
        stack.enter_context(_variables(_missing_caches(caches)))
        if threads:
            stack.enter_context(_cores(threads))
        yield


@contextlib.contextmanager
def _temporary_folder(folder: Path) -> Iterator[None]:
    folder.mkdir()
    before = tempfile.tempdir
    tempfile.tempdir = str(folder)
    try:
        with _variables({"TMPDIR": str(folder)}):
            yield
    finally:
        tempfile.tempdir = before
        shutil.rmtree(folder, ignore_errors=True)


def _missing_caches(folder: Path) -> dict[str, str]:
    """Returns the variables of libraries that would begin a cache in the home."""
    try:
        home = Path.home()
    except RuntimeError:  # a user without a name, whose libraries report it
        return {}
    return {
        variable: str(folder / variable.lower())
        for variable, places in _CACHES.items()
        if variable not in os.environ and not any((home / place).exists() for place in places)
    }


@contextlib.contextmanager
def _variables(values: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextlib.contextmanager
def _cores(count: int) -> Iterator[None]:
    """Keeps this process, and all that it starts, on some of its cores.

    TensorFlow, XLA, Beam and numpy start as many threads as there are cores that they may use.
    Processes with the same setting on one machine get different cores by chance.
    """
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, random.sample(sorted(before), min(count, len(before))))
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
