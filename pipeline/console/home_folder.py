"""What libraries find as the home folder: a temporary one if there is none, and nothing to fill.

A container may run as a user without a name, and HOME may be unset or name a missing folder. Some
libraries then fail at import. Matplotlib, which Keras imports, warns and leaves a folder behind.
Keras writes its default settings to `~/.keras` when it is imported.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

_HOME, _MATPLOTLIB, _KERAS = "HOME", "MPLCONFIGDIR", "KERAS_HOME"
_PREFIX = "utkface-home-"


@contextlib.contextmanager
def home_folder() -> Iterator[None]:
    """Provides a temporary home folder while the body runs, unless the home is writable.

    Keras uses the settings in a home that has some, and writes none into another home.
    """
    variable = _find_missing_variable()
    with contextlib.ExitStack() as stack:
        if variable:
            with contextlib.suppress(OSError):  # the libraries report a missing folder
                folder = stack.enter_context(tempfile.TemporaryDirectory(prefix=_PREFIX))
                os.environ[variable] = folder
                stack.callback(os.environ.pop, variable, None)
        if _KERAS not in os.environ and not _has_keras_settings():
            # Keras cannot write below this path, and then continues with its defaults.
            os.environ[_KERAS] = os.devnull
            stack.callback(os.environ.pop, _KERAS, None)
        yield


def is_temporary_home() -> bool:
    """Returns whether the home is the temporary folder, where no file survives."""
    return Path(os.environ.get(_HOME, "")).name.startswith(_PREFIX)


def _has_keras_settings() -> bool:
    try:
        return (Path.home() / ".keras").exists()
    except (RuntimeError, OSError):
        return False


def _find_missing_variable() -> str:
    """Returns the environment variable that needs a folder; empty if none does."""
    try:
        home = Path.home()
    except RuntimeError:
        return _HOME
    if _MATPLOTLIB in os.environ:
        return ""
    path = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "matplotlib"
    while not path.exists() and path != path.parent:
        path = path.parent
    return "" if path.is_dir() and os.access(path, os.W_OK | os.X_OK) else _MATPLOTLIB
