"""Errors for files that a run wrote and that are damaged now."""

import contextlib
from collections.abc import Iterator

import jinja2

from components.errors import InputError

# What damaged content causes in code that reads it, and in a template that shows it.
_CAUSED = (
    *(ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError),
    jinja2.UndefinedError,
)


@contextlib.contextmanager
def name_damaged(path: str, expected: str) -> Iterator[None]:
    """Converts whatever the body raises for the content of a file to an error that names the file.

    Args:
      path: the file, or the file and a line.
      expected: what the file should contain, in words.

    Raises:
      InputError: if the body raises an error that damaged content causes.
    """
    try:
        yield
    except _CAUSED:
        raise InputError(
            f"{path}: expected {expected}, as a run writes it; found a damaged file. Run the "
            "pipeline again."
        ) from None
