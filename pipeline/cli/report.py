"""`utkface report`: the verdict on the model of a run, and its worst slices."""

import json
from pathlib import Path
from typing import Any

import click

from components.damaged_files import name_damaged
from pipeline.cli.commands import command
from pipeline.cli.fairness_summary import list_changes, worst_slices
from pipeline.cli.options import root_option
from pipeline.cli.tables import print_table
from pipeline.console.exit_codes import ExitCode
from pipeline.console.quiet import quiet_stderr
from pipeline.console.terminal import echo

_CHANGES_SHOWN = 10
_FIGURES = "fairness figures"


@command()
@root_option
@click.option(
    "--run", "name", help="Run to report on, by its name or the start of it.  [default: the newest]"
)
@click.option("--compare", "other", metavar="RUN", help="Compare with another run.")
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the fairness page of the run.",
)
@click.option("--json", "as_json", is_flag=True, help="Print all figures as JSON.")
@click.option("--check", is_flag=True, help="Exit with 3 if the model was not blessed.")
@click.pass_context
def report(
    context: click.Context,
    root: Path,
    name: str | None,
    other: str | None,
    html: Path | None,
    as_json: bool,
    check: bool,
) -> None:
    """Show the verdict on the model of a run, the reasons, and the worst slices."""
    with quiet_stderr():
        from components.fairness.document import read_document
        from pipeline.root.run_history import find_run

        run = find_run(root, name)
        document = read_document(str(run.figures))
        before = find_run(root, other) if other else None
        earlier = read_document(str(before.figures)) if before else None
    if html:
        from components.fairness.report.page import render_page

        with name_damaged(str(run.figures), _FIGURES):
            page = render_page(document)
        try:
            html.write_text(page, encoding="utf-8")
        except OSError as error:
            raise click.UsageError(f"--html {html}: {error.strerror}") from None
    if as_json:
        click.echo(json.dumps(document, indent=1))
    else:
        with name_damaged(str(run.figures), _FIGURES):
            _print_verdict(run.run, document)
        if before and earlier:
            with name_damaged(str(before.figures), _FIGURES):
                _print_changes(before.run, document, earlier)
        echo(f"figures {run.figures}")
    if check:
        with name_damaged(str(run.figures), _FIGURES):
            blessed = document["verdict"]["blessed"]
        if not blessed:
            context.exit(ExitCode.NOT_BLESSED)


def _print_verdict(run: str, document: dict[str, Any]) -> None:
    verdict = document["verdict"]
    if not verdict["blessed"]:
        outcome = "not blessed"
    elif verdict["reasons"]:
        by, because = verdict["accepted_by"], verdict["accepted_because"]
        outcome = f"blessed although bounds are missed; {by} accepted this: {because}"
    else:
        outcome = "blessed"
    echo(f"run {run}: {outcome}; {document['examples']:,} images of the test split")
    for reason in verdict["reasons"]:
        echo(f"  {reason}")
    print_table(
        ("measure", "slice", "value (95% interval)", "examples"),
        (
            (line.measure, line.slice, line.value, f"{line.examples:,}")
            for line in worst_slices(document)
        ),
    )


def _print_changes(run: str, document: dict[str, Any], earlier: dict[str, Any]) -> None:
    clear = [change for change in list_changes(document, earlier) if change.apart]
    worse = [change for change in clear if change.worse > 0]
    better = [change for change in reversed(clear) if change.worse < 0]
    echo(f"Compared with {run}: {len(worse)} values are clearly worse, {len(better)} better.")
    rows = [("worse", change) for change in worse[:_CHANGES_SHOWN]]
    rows += [("better", change) for change in better[:_CHANGES_SHOWN]]
    if rows:
        print_table(
            ("", "measure", "slice", "before", "now"),
            (
                (direction, change.measure, change.slice, change.before, change.now)
                for direction, change in rows
            ),
        )
