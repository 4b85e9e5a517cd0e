"""`utkface rollback`: serves an earlier model again."""

from pathlib import Path

import click

from components.errors import BusyError
from pipeline.cli.commands import command
from pipeline.cli.options import root_option, usage_errors
from pipeline.console.exit_codes import explain
from pipeline.console.terminal import echo
from pipeline.operations.rollback import roll_back


@command()
@click.argument("version", required=False)
@root_option
@click.pass_context
def rollback(context: click.Context, version: str | None, root: Path) -> None:
    """Serve an earlier model again: VERSION, or the one before the newest.

    Newer versions move to `withdrawn`, where servers do not look. VERSION may also be a
    withdrawn version: it is served again. The next run compares its model with the one that is
    served, and may start from it.

    Exit codes: 0 VERSION is served; 5 a run uses the root; 2 bad usage, or no such version.
    """
    try:
        with usage_errors(OSError):
            result = roll_back(root, version)
    except BusyError as error:
        code, message = explain(error)
        echo(message, err=True)
        context.exit(code)
    for skipped, problem in result.skipped.items():
        echo(f"{skipped}: skipped, because {problem}", err=True)
    for folder in result.withdrawn:
        echo(f"withdrawn  {folder}")
    echo(f"served     {result.served}")
