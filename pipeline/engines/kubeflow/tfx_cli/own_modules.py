"""Lets a pipeline file import its own package even if it is named like ours."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

_OURS = "pipeline"


@contextmanager
def room_for_modules_beside(pipeline_file: str) -> Iterator[None]:
    """Hides our `pipeline` from the loaded modules if another `pipeline` is next to the file.

    TFX's templates contain a package `pipeline`. Ours is loaded when the `tfx` command imports
    our handler, and would hide theirs.
    """
    folder = Path(pipeline_file).resolve().parent
    beside = folder / _OURS
    ours = Path(__file__).resolve().parents[3]
    if beside == ours or not (beside.is_dir() or beside.with_suffix(".py").is_file()):
        yield
        return
    hidden = _take_out()
    try:
        yield
    finally:
        _take_out()
        sys.modules.update(hidden)


def _take_out() -> dict[str, ModuleType]:
    names = [name for name in sys.modules if f"{name}.".startswith(f"{_OURS}.")]
    return {name: sys.modules.pop(name) for name in names}
