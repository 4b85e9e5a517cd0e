"""`utkface runs`: the runs of a root and their outcomes."""

import json
from pathlib import Path

import click

from components.errors import InputError
from pipeline.cli.options import root_option


@click.command()
@root_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a run.")
def runs(root: Path, as_json: bool) -> None:
    """List the runs of a root, newest first, with their data and outcome."""
    from pipeline.console.quiet import quiet_stderr

    try:
        with quiet_stderr():
            from pipeline.root.run_history import list_runs

            found = list_runs(root)
    except InputError as error:
        raise click.UsageError(str(error)) from None
    if as_json:
        click.echo(json.dumps([run.to_dict() for run in found], indent=2))
        return
    from pipeline.cli.tables import print_table
    from trainer.measures.registry import BY_KEY
    from trainer.tasks import TASKS

    shown = [BY_KEY[task.measure_key] for task in TASKS]

    print_table(
        ("run", "started, UTC", "span", "outcome", *(task.name for task in TASKS)),
        (
            (
                run.run,
                run.started,
                "" if run.span is None else str(run.span),
                ": ".join(filter(None, (run.outcome, run.reason_title))),
                *(one.format(run.metrics.get(one.key)) for one in shown),
            )
            for run in found
        ),
    )
