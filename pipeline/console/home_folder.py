"""A temporary home folder for libraries when the user has none.

A container may run as a user without a name, and HOME may be unset or name a missing folder. Some
libraries then fail at import. Matplotlib, which Keras imports, warns and leaves a folder behind.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

_HOME, _MATPLOTLIB = "HOME", "MPLCONFIGDIR"
_PREFIX = "utkface-home-"


@contextlib.contextmanager
def home_folder() -> Iterator[None]:
    """Provides a temporary home folder while the body runs, unless the home is writable."""
    variable = _find_missing_variable()
    with contextlib.ExitStack() as stack:
        if variable:
            with contextlib.suppress(OSError):  # the libraries report a missing folder
                folder = stack.enter_context(tempfile.TemporaryDirectory(prefix=_PREFIX))
                os.environ[variable] = folder
                stack.callback(os.environ.pop, variable, None)
        yield


def is_temporary_home() -> bool:
    """Returns whether the home is the temporary folder, where no file survives."""
    return Path(os.environ.get(_HOME, "")).name.startswith(_PREFIX)


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
