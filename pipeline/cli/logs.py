"""`utkface logs`: the log of a run."""

from pathlib import Path

import click

from pipeline.cli.commands import command
from pipeline.cli.engine_options import FindEngine, engine_options
from pipeline.cli.options import name_option, root_option
from pipeline.console.terminal import echo


@command()
@click.argument("run", required=False)
@root_option
@name_option
@engine_options
def logs(run: str | None, root: Path, name: str, find_engine: FindEngine) -> None:
    """Print the log of RUN, or of the newest run.

    On Kubeflow, RUN is the id of a run, and the logs are those of its pods, which kubectl's
    context must reach.
    """
    for line in find_engine(root, name).logs(run):
        echo(line)
