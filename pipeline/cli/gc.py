"""`utkface gc`: removes the artifacts of old runs."""

from pathlib import Path

import click

from components.errors import BusyError
from components.html.words import counted
from pipeline.cli.commands import command
from pipeline.cli.options import root_option
from pipeline.cli.tables import print_table
from pipeline.console.exit_codes import ExitCode
from pipeline.console.quiet import quiet_stderr
from pipeline.console.terminal import echo


@command()
@root_option
@click.option(
    "--keep",
    required=True,
    type=click.IntRange(min=1),
    metavar="N",
    help="Keep all artifacts of the N newest finished runs.",
)
@click.option("--logs", is_flag=True, help="Also remove the logs and reports of the other runs.")
@click.option(
    "--models",
    is_flag=True,
    help="Also remove blessed models of which no version is left, except the N newest.",
)
@click.option("--dry-run", is_flag=True, help="Print what would be removed, and remove nothing.")
@click.pass_context
def gc(
    context: click.Context, root: Path, keep: int, logs: bool, models: bool, dry_run: bool
) -> None:
    """Remove the artifacts of old runs, and what failed and killed runs left.

    Pushed models, the history and checkpoints are kept, and so are the artifacts of the run whose
    model is served, and those that the model card of a pushed model names. Without --logs, logs and
    reports are kept, and without --models, all blessed models.

    Exit codes: 0 done; 2 there is no run in the root; 5 a run uses the root.
    """
    with quiet_stderr():
        from pipeline.operations.collection import collect
    try:
        removed = collect(root.absolute(), keep, logs=logs, models=models, dry_run=dry_run)
    except BusyError as error:
        echo(f"Nothing removed: {error}", err=True)
        context.exit(ExitCode.BUSY)
    if removed:
        rows = [(one.what, f"{one.folders:,}", _megabytes(one.freed)) for one in removed]
        print_table(("run", "folders", "frees"), rows)
    folders = counted(sum(one.folders for one in removed), "folder")
    freed = _megabytes(sum(one.freed for one in removed))
    echo(f"would remove {folders}, {freed}" if dry_run else f"removed {folders}, {freed}")


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
