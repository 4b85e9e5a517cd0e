"""`utkface kubeflow run`: runs of a pipeline on Kubeflow Pipelines 2."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from pipeline.cli.commands import group
from pipeline.cli.engine_options import server_options
from pipeline.cli.kubeflow_options import parse_parameters
from pipeline.cli.tables import print_table

if TYPE_CHECKING:
    from pipeline.engines.kubeflow.api.client import KubeflowClient
    from pipeline.engines.kubeflow.api.records import Run


@group()
def run() -> None:
    """Start, watch and stop runs."""


@run.command()
@click.argument("name")
@click.option(
    "--parameter",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    help="Set a parameter of this run. Repeatable.",
)
@click.option(
    "--pipeline-root",
    metavar="URI",
    help="Store the artifacts of this run here.  [default: kubeflow.pipeline_root of the version]",
)
@click.option(
    "--service-account",
    metavar="NAME",
    help="Run the steps under this account.  [default: the cluster's]",
)
@server_options
def create(
    name: str,
    parameters: tuple[str, ...],
    pipeline_root: str | None,
    service_account: str | None,
    connect: "Callable[[], KubeflowClient]",
) -> None:
    """Start a run of the newest version of the pipeline NAME."""
    values = parse_parameters(parameters)
    started = connect().runs.create(
        name, values, pipeline_root=pipeline_root, service_account=service_account
    )
    _print_run(started)


@run.command("list")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one object per run.")
@server_options
def list_runs(name: str, as_json: bool, connect: "Callable[[], KubeflowClient]") -> None:
    """List the runs of the pipeline NAME, the newest first."""
    runs = connect().runs.list(name)
    if as_json:
        click.echo(json.dumps([one.to_dict() for one in runs], indent=2))
    elif not runs:
        click.echo(f"no runs of {name}")
    else:
        print_table(
            ("run", "state", "created"), [(one.run_id, one.state, one.created_at) for one in runs]
        )


@run.command()
@click.argument("run_id")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one object.")
@server_options
def status(run_id: str, as_json: bool, connect: "Callable[[], KubeflowClient]") -> None:
    """Show the state of the run RUN_ID."""
    found = connect().runs.get(run_id)
    if as_json:
        click.echo(json.dumps(found.to_dict(), indent=2))
    else:
        _print_run(found)


@run.command()
@click.argument("run_id")
@server_options
def terminate(run_id: str, connect: "Callable[[], KubeflowClient]") -> None:
    """Stop the run RUN_ID."""
    connect().runs.terminate(run_id)
    click.echo(f"run {run_id} is being stopped")


@run.command()
@click.argument("run_id")
@server_options
def delete(run_id: str, connect: "Callable[[], KubeflowClient]") -> None:
    """Delete the run RUN_ID; its artifacts are kept."""
    connect().runs.delete(run_id)
    click.echo(f"run {run_id} deleted")


def _print_run(found: "Run") -> None:
    for name, value in found.to_dict().items():
        if value:
            click.echo(f"{name.replace('_', ' '):12}{value}")
