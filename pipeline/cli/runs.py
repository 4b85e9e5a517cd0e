"""`utkface runs`: the runs of a root and their outcomes."""

import json
from pathlib import Path

import click

from pipeline.cli.options import root_option, usage_errors


@click.command()
@root_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one object per run.")
def runs(root: Path, as_json: bool) -> None:
    """List the runs of a root, newest first, with their data and outcome."""
    from pipeline.console.quiet import quiet_stderr

    with usage_errors(), quiet_stderr():
        from pipeline.root.run_history import list_runs

        summaries = list_runs(root)
    if as_json:
        click.echo(json.dumps([run.to_dict() for run in summaries], indent=2))
        return
    from pipeline.cli.tables import print_table
    from trainer.measures.registry import BY_KEY
    from trainer.tasks import TASKS

    measures = [BY_KEY[task.measure_key] for task in TASKS]

    print_table(
        ("run", "started, UTC", "span", "outcome", *(task.name for task in TASKS)),
        (
            (
                run.run,
                run.started,
                "" if run.span is None else str(run.span),
                ": ".join(filter(None, (run.outcome, run.reason_title))),
                *(measure.format(run.metrics.get(measure.key)) for measure in measures),
            )
            for run in summaries
        ),
    )
