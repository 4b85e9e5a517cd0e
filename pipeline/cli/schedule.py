"""`utkface schedule`: scheduled retraining, on this machine or on a cluster."""

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from components.errors import InputError
from pipeline.cli.commands import group
from pipeline.cli.engine_options import server_options
from pipeline.cli.kubeflow_options import parse_parameters
from pipeline.cli.options import config_options
from pipeline.cli.tables import print_table
from pipeline.operations.schedule.scheduler import Schedule
from pipeline.operations.schedule.schedulers import SCHEDULERS, find_scheduler
from pipeline.operations.schedule.timing import Timing, parse_cron, parse_interval
from pipeline.settings.config import load_config

if TYPE_CHECKING:
    from pipeline.engines.kubeflow.api.client import KubeflowClient

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


@group()
def schedule() -> None:
    """Retrain on a schedule, on this machine or on a cluster."""


_engine_option = click.option(
    "--engine",
    type=click.Choice([*SCHEDULERS]),
    help="Scheduler to use.  [default: systemd where it runs, else cron]",
)


@schedule.command()
@config_options
@click.option("--cron", help="Five fields as in a crontab, e.g. '0 3 * * 1'.")
@click.option("--every", help="Interval, e.g. 6h or 7d.")
@click.option("--name", help="Name of the schedule.  [default: pipeline_name]")
@click.option(
    "--parameter",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    help="Set a parameter of each run, on Kubeflow. Repeatable.",
)
@click.option(
    "--print",
    "--dry-run",
    "only_print",
    is_flag=True,
    help="Show what would be written or sent, and change nothing.",
)
@_engine_option
@server_options
def create(
    data: tuple[str, ...],
    root: str | None,
    config_path: str | None,
    overrides: tuple[str, ...],
    cron: str | None,
    every: str | None,
    name: str | None,
    parameters: tuple[str, ...],
    only_print: bool,
    engine: str | None,
    connect: "Callable[[], KubeflowClient]",
) -> None:
    """Create a schedule, or replace the schedule of the same name.

    On this machine, the schedule runs `utkface retrain` with the settings given here. On Kubeflow,
    it runs the pipeline NAME-retraining, whose first step looks for new data.
    """
    timing = _read_timing(cron, every)
    values = parse_parameters(parameters)
    config = load_config(config_path, overrides=overrides, data=data or None, root=root)
    name = name or config.pipeline_name
    if not _NAME.fullmatch(name):
        raise InputError(f"--name {name!r}: expected small letters, digits and hyphens, 63 at most")
    scheduler = find_scheduler(engine, connect)
    asked = Schedule(
        name=name,
        timing=timing,
        config=config,
        data=data,
        root=root,
        config_path=config_path,
        overrides=overrides,
        parameters=values,
    )
    if only_print:
        click.echo(scheduler.show(asked), nl=False)
        return
    created = scheduler.create(asked)
    click.echo(f"{name} {'replaced' if created.replaced else 'created'}: {timing.words}")
    for note in created.notes:
        click.echo(note)
    for warning in created.warnings:
        click.echo(warning, err=True)


@schedule.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one object per schedule.")
@_engine_option
@server_options
def list_schedules(
    as_json: bool, engine: str | None, connect: "Callable[[], KubeflowClient]"
) -> None:
    """List the schedules."""
    found = find_scheduler(engine, connect).list()
    if as_json:
        click.echo(json.dumps([vars(one) for one in found], indent=2))
    elif not found:
        click.echo("no schedules")
    else:
        print_table(
            ("schedule", "when", "next", "state"),
            [
                (one.name, one.when, one.next_run or "-", "on" if one.enabled else "off")
                for one in found
            ],
        )


@schedule.command()
@click.argument("name")
@_engine_option
@server_options
def disable(name: str, engine: str | None, connect: "Callable[[], KubeflowClient]") -> None:
    """Disable the schedule NAME. `create` enables it again."""
    find_scheduler(engine, connect).disable(name)
    click.echo(f"{name} disabled")


@schedule.command()
@click.argument("name")
@_engine_option
@server_options
def delete(name: str, engine: str | None, connect: "Callable[[], KubeflowClient]") -> None:
    """Delete the schedule NAME. A run in progress continues."""
    find_scheduler(engine, connect).delete(name)
    click.echo(f"{name} deleted")


def _read_timing(cron: str | None, every: str | None) -> Timing:
    if (cron is None) == (every is None):
        raise InputError("expected one of --cron and --every, such as --cron '0 3 * * 1'")
    return parse_interval(every or "") if cron is None else parse_cron(cron)
