"""The `utkface` command; each subcommand loads what it needs when it is called."""

import click

from pipeline.cli.commands import Commands
from pipeline.cli.compare import compare
from pipeline.cli.export import export
from pipeline.cli.inspect import inspect
from pipeline.cli.kubeflow import kubeflow
from pipeline.cli.predict import predict
from pipeline.cli.report import report
from pipeline.cli.retrain import retrain
from pipeline.cli.run import run
from pipeline.cli.runs import runs
from pipeline.cli.sample import sample
from pipeline.cli.schedule import schedule
from pipeline.cli.schema import schema

# Wide enough for a sentence beside the name of a command.
_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(cls=Commands, context_settings=_SETTINGS)
@click.version_option(package_name="utkface-tfx")
def main() -> None:
    """Train, evaluate and serve models that predict age, gender and race from face images."""


COMMANDS = (
    run,
    retrain,
    schedule,
    runs,
    report,
    compare,
    inspect,
    predict,
    export,
    sample,
    schema,
    kubeflow,
)
for command in COMMANDS:
    main.add_command(command)
