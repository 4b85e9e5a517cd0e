"""A place for what libraries keep in a home folder, where the user has none.

A container may run as somebody without a name, and with a home that is not set or not there. Some
libraries then fail when they are imported; Matplotlib, which Keras loads, warns and leaves a folder
behind.
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
    """Lends libraries a temporary folder while the body runs, unless the home can be written."""
    variable = _missing()
    with contextlib.ExitStack() as stack:
        if variable:
            with contextlib.suppress(OSError):  # the libraries tell what they lack
                folder = stack.enter_context(tempfile.TemporaryDirectory(prefix=_PREFIX))
                os.environ[variable] = folder
                stack.callback(os.environ.pop, variable, None)
        yield


def is_lent() -> bool:
    """Returns whether the home is the temporary folder, where nothing must be kept."""
    return Path(os.environ.get(_HOME, "")).name.startswith(_PREFIX)


def _missing() -> str:
    """Returns the variable that is to name a folder; empty if there is one."""
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
