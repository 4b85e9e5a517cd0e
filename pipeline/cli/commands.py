"""The group of all commands, which handles their errors."""

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

# Errors of writing to a full disk, a terminal that is gone, or a closed file.
_TAKES_NO_MORE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)


class Commands(click.Group):
    """Commands that report correctable errors in one line."""

    def invoke(self, context: click.Context) -> Any:
        """Runs a command; error messages quote names as plain text."""
        try:
            return super().invoke(context)
        except click.ClickException as error:
            # Type checkers treat the attribute as final.
            vars(error).update(message=visible_lines(error.message))
            raise

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Runs a command; reports an error of the operating system with its place."""
        try:
            with home_folder():
                return super().main(*arguments, **options)
        except OSError as error:
            echo(f"Error: {_explain(error)}", err=True)
            sys.exit(ExitCode.FAILED)


def _explain(error: OSError) -> str:
    """Returns the problem and its place.

    Errors of other files name the file; an error without a name is of standard output.
    """
    if error.filename is not None or error.errno not in _TAKES_NO_MORE:
        return str(error)
    # Python would flush it again at exit.
    with contextlib.suppress(OSError), Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
    return f"standard output: expected a writable stream; {error.strerror}"
