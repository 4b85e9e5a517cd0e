"""`utkface schedule`: retraining by the clock, on this machine or on a cluster."""

import functools
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from components.errors import InputError
from pipeline.cli.kubeflow_options import in_words, parse_parameters, server_options
from pipeline.cli.options import config_options
from pipeline.operations.schedule.keeper import KEEPERS, KUBEFLOW, Keeper
from pipeline.operations.schedule.programs import ScheduleError
from pipeline.settings.config import PipelineConfig, load_config

if TYPE_CHECKING:
    from pipeline.engines.kubeflow.api.client import KubeflowClient
    from pipeline.operations.schedule.timing import Timing

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


@click.group()
def schedule() -> None:
    """Retrains by the clock, on this machine or on a cluster."""


def _engine_options(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command --engine and what Kubeflow needs, and errors in words."""

    @click.option(
        "--engine",
        type=click.Choice(KEEPERS),
        help="Who keeps the schedule.  [default: systemd where it runs, else cron]",
    )
    @server_options
    @functools.wraps(command)
    def wrapper(**arguments: Any) -> None:
        with _in_words():
            command(**arguments)

    return wrapper


@schedule.command()
@config_options
@click.option("--cron", help="Five fields as in a crontab, such as '0 3 * * 1'.")
@click.option("--every", help="An interval, such as 6h or 7d.")
@click.option("--name", help="Of the schedule.  [default: that of the pipeline]")
@click.option(
    "--parameter",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    help="On Kubeflow, a parameter of each run; the others keep their defaults.",
)
@click.option(
    "--print",
    "--dry-run",
    "only_print",
    is_flag=True,
    help="Show what would be written or asked for, and change nothing.",
)
@_engine_options
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
    """Retrains by the clock, in place of a schedule of the same name.

    On this machine `utkface retrain` is run, with the settings given here. On Kubeflow the
    pipeline is uploaded as NAME-retraining, with a step before the others that looks for new data.
    """
    timing = _read_timing(cron, every)
    values = parse_parameters(parameters)
    config = load_config(config_path, overrides=overrides, data=data or None, root=root)
    name = name or config.pipeline_name
    if not _NAME.fullmatch(name):
        raise InputError(f"--name {name!r}: expected small letters, digits and hyphens, 63 at most")
    if engine == KUBEFLOW:
        _create_on_kubeflow(name, timing, config, values, None if only_print else connect)
        return
    if values:
        raise InputError("--parameter: expected --set instead: only runs on Kubeflow have those")
    from pipeline.operations.schedule.job import make_job
    from pipeline.operations.schedule.keeper import find_keeper

    job = make_job(
        name,
        timing,
        config,
        data=data,
        root=root,
        config_path=config_path,
        overrides=overrides,
    )
    keeper = find_keeper(engine)
    if config.notify.warning:
        click.echo(f"Warning: {config.notify.warning}", err=True)
    if only_print:
        click.echo(keeper.show(job), nl=False)
        return
    Path(config.root).mkdir(parents=True, exist_ok=True)
    _tell_created(name, timing, keeper.create(job))
    click.echo(f"kept by {keeper.title}, log {job.log}")
    if keeper.hint:
        click.echo(keeper.hint)


@schedule.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a schedule.")
@_engine_options
def list_schedules(
    as_json: bool, engine: str | None, connect: "Callable[[], KubeflowClient]"
) -> None:
    """Lists the schedules."""
    found = _find(engine, connect).list()
    if as_json:
        click.echo(json.dumps([vars(one) for one in found], indent=2))
    elif not found:
        click.echo("no schedules")
    else:
        from pipeline.cli.tables import print_table

        print_table(
            ("schedule", "when", "next", "state"),
            [
                (one.name, one.when, one.next_run or "-", "on" if one.enabled else "off")
                for one in found
            ],
        )


@schedule.command()
@click.argument("name")
@_engine_options
def disable(name: str, engine: str | None, connect: "Callable[[], KubeflowClient]") -> None:
    """Keeps the schedule NAME, but lets it rest; `create` wakes it."""
    _find(engine, connect).disable(name)
    click.echo(f"{name} disabled")


@schedule.command()
@click.argument("name")
@_engine_options
def delete(name: str, engine: str | None, connect: "Callable[[], KubeflowClient]") -> None:
    """Takes the schedule NAME away; a run that is under way goes on."""
    _find(engine, connect).delete(name)
    click.echo(f"{name} deleted")


def _create_on_kubeflow(
    name: str,
    timing: "Timing",
    config: PipelineConfig,
    values: dict[str, str],
    connect: "Callable[[], KubeflowClient] | None",
) -> None:
    from pipeline.engines.kubeflow.api.recurring_runs import describe_request
    from pipeline.operations.schedule.job import check_retraining
    from pipeline.operations.schedule.kubeflow import recurrence_of

    check_retraining(config)
    recurrence, pipeline_name = recurrence_of(timing), f"{config.pipeline_name}-retraining"
    if connect is None:
        request = describe_request(
            name,
            pipeline_name,
            recurrence,
            values,
            pipeline_root=config.kubeflow.pipeline_root,
            service_account=config.kubeflow.service_account,
        )
        click.echo(request)
        return
    client = connect()
    from pipeline.cli.kubeflow_packages import compiled_retraining

    with compiled_retraining(config) as package:
        pipeline = client.pipelines.create_or_update(pipeline_name, package)
    created, replaced = client.recurring_runs.create(
        name,
        pipeline.name,
        recurrence,
        values,
        service_account=config.kubeflow.service_account,
    )
    _tell_created(name, timing, bool(replaced))
    click.echo(created.link)
    if replaced:
        click.echo("Kubeflow Pipelines changes no recurring run: the one before was deleted.")
    if any("[[" in value for value in values.values()):
        click.echo(
            "Warning: releases of Kubeflow Pipelines 2 hand on [[ScheduledTime]] and its like as "
            "they are (kubeflow/pipelines#12494). Look at the first run.",
            err=True,
        )


def _read_timing(cron: str | None, every: str | None) -> "Timing":
    if (cron is None) == (every is None):
        raise InputError("expected one of --cron and --every, such as --cron '0 3 * * 1'")
    from pipeline.operations.schedule.timing import parse_cron, parse_interval

    return parse_interval(every or "") if cron is None else parse_cron(cron)


def _find(engine: str | None, connect: "Callable[[], KubeflowClient]") -> Keeper:
    if engine == KUBEFLOW:
        from pipeline.operations.schedule.kubeflow import KubeflowKeeper

        return KubeflowKeeper(connect().recurring_runs)
    from pipeline.operations.schedule.keeper import find_keeper

    return find_keeper(engine)


def _tell_created(name: str, timing: "Timing", replaced: bool) -> None:
    click.echo(f"{name} {'replaced' if replaced else 'created'}: {timing.words}")


@contextmanager
def _in_words() -> Iterator[None]:
    with in_words():
        try:
            yield
        except InputError as error:
            raise click.UsageError(str(error)) from None
        except ScheduleError as error:
            raise click.ClickException(str(error)) from None
