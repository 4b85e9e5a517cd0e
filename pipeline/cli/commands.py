"""The group of all commands: what their errors have in common."""

import contextlib
import errno
import os
import sys
from pathlib import Path
from typing import Any

import click

from pipeline.console.exit_codes import ExitCode
from pipeline.console.home_folder import home_folder
from pipeline.console.terminal import echo, visible_lines

# Of what writes to a full disk, a terminal that is gone, or a closed file.
_TAKES_NO_MORE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)


class Commands(click.Group):
    """Commands that report what a user can correct in one line."""

    def invoke(self, context: click.Context) -> Any:
        """Runs a command; its errors quote names of others as text."""
        try:
            return super().invoke(context)
        except click.ClickException as error:
            # To a type checker the attribute is final.
            vars(error).update(message=visible_lines(error.message))
            raise

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Runs a command; an error of the operating system is told with its place."""
        try:
            with home_folder():
                return super().main(*arguments, **options)
        except OSError as error:
            echo(f"Error: {_explain(error)}", err=True)
            sys.exit(ExitCode.FAILED)


def _explain(error: OSError) -> str:
    """Returns what went wrong, and where.

    A command opens its other files with errors that name them; what has no name is what it prints.
    """
    if error.filename is not None or error.errno not in _TAKES_NO_MORE:
        return str(error)
    # Python would try again when it ends.
    with contextlib.suppress(OSError), Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
    return f"standard output: expected a place to write to; {error.strerror}"
