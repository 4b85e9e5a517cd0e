"""The group of all commands, which loads each when it is called, and the errors of commands."""

import contextlib
import errno
import functools
import importlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from components.errors import InputError, OperationError
from pipeline.console.exit_codes import ExitCode
from pipeline.console.home_folder import home_folder
from pipeline.console.terminal import echo, visible_lines

# Errors of writing to a full disk, a terminal that is gone, or a closed file.
_TAKES_NO_MORE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)


class Command(click.Command):
    """A command whose errors that the user can correct have no traceback."""

    def invoke(self, context: click.Context) -> Any:
        """Runs the command.

        Raises:
          click.UsageError: for wrong input.
          click.ClickException: for an operation that failed.
        """
        try:
            return super().invoke(context)
        except InputError as error:
            raise click.UsageError(str(error), context) from None
        except OperationError as error:
            raise click.ClickException(str(error)) from None
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] != "kfp":
                raise
            raise click.ClickException(
                "The SDK of Kubeflow Pipelines, kfp, is not installed: pip install "
                "'.[kubeflow]' in the project's folder."
            ) from None


command = functools.partial(click.command, cls=Command)


class Group(click.Group):
    """A group of commands."""

    command_class = Command


group = functools.partial(click.group, cls=Group)


class LazyGroup(Group):
    """The group of all commands; it loads the module of a command when the command is called.

    Args:
      summaries: by command, its line of help. The module of the command is
        `pipeline.cli.COMMAND`, and has a function of the same name.
    """

    def __init__(self, *arguments: Any, summaries: Mapping[str, str], **options: Any):
        super().__init__(*arguments, **options)
        self._summaries = summaries

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted(self._summaries)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in self._summaries:
            return None
        module = importlib.import_module(f"pipeline.cli.{name}")
        loaded: click.Command = getattr(module, name)
        return loaded

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, self._summaries[name]) for name in sorted(self._summaries)])

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
