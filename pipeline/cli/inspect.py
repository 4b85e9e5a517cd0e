"""`utkface inspect`: what the ingest would do with files, without training on them."""

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from components.html.words import counted
from components.ingest.sources.span_choice import NEWEST
from pipeline.cli.commands import command
from pipeline.cli.options import config_option, set_option
from pipeline.console.exit_codes import ExitCode
from pipeline.root.place import check_root_outside_data
from pipeline.settings.config import load_config
from pipeline.tools.inspection.inspect import Inspection
from pipeline.tools.inspection.inspect import inspect as inspect_files


@command()
@click.argument("paths", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--ledger",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a row per file, as JSON Lines.",
)
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a page with counts and plots. It shows no image.",
)
@config_option
@set_option("ingest.workers=2")
@click.pass_context
def inspect(
    context: click.Context,
    paths: tuple[str, ...],
    as_json: bool,
    ledger: Path | None,
    html: Path | None,
    config_path: str | None,
    overrides: tuple[str, ...],
) -> None:
    """Show what the ingest would accept of the files at each PATH, and why not.

    A PATH is a folder, a glob, or an archive: .zip, or .tar, also compressed as .gz, .bz2, .xz or
    .zst. With {SPAN}, or {YYYY}, {MM} and {DD}, in it, the span that a run would take is
    inspected. Exit codes: 0 a run would accept the files; 2 it would reject them.
    """
    config = load_config(config_path, overrides=overrides, data=paths)
    if Path(config.root).exists():
        check_root_outside_data(config.root, paths)
    with _count_files() as progress:
        inspection = inspect_files(
            paths,
            config.ingest,
            config.splits.model_dump(),
            ledger=ledger,
            html=html,
            span=NEWEST if config.span is None else config.span,
            progress=progress,
        )
    if as_json:
        document = {**vars(inspection), "summary": inspection.summary.to_dict()}
        click.echo(json.dumps(document, indent=2))
    else:
        _print(inspection, config.ingest.labels.manifest)
    context.exit(ExitCode.BAD_INPUT if inspection.refusal else 0)


def _print(inspection: Inspection, manifest: str | None) -> None:
    summary = inspection.summary
    if inspection.span:
        click.echo(f"span {inspection.span}")
    click.echo(
        f"{summary.listed:,} files: {summary.accepted:,} accepted, {summary.repaired:,} repaired, "
        f"{summary.quarantined:,} quarantined; {summary.ignored:,} ignored"
    )
    for reason, count in summary.by_reason.items():
        click.echo(f"  {reason}: {count:,}")
    duplicates = summary.duplicates
    differ = ", ".join(f"{labels} differ by {amount}" for labels, amount in duplicates.differences)
    click.echo(
        f"duplicates: {duplicates.exact_files:,} files in {duplicates.exact_groups:,} groups of "
        f"equal bytes, {duplicates.conflicting_groups:,} of them with different labels"
        f"{f' ({differ})' if differ else ''}; {duplicates.near_files:,} files in "
        f"{duplicates.near_groups:,} groups that look alike"
    )
    for label, counts in summary.distributions.items():
        listed = ", ".join(f"{value} {count:,}" for value, count in counts.items())
        click.echo(f"{label.replace('_', ' ')}: {listed}")
    for label, files in summary.ranges.items():
        click.echo(f"known only as a range: {label} of {counted(files, 'file')}")
    if manifest:
        click.echo(f"labels: {manifest}")
    if inspection.refusal:
        click.echo(
            f"A run would reject these files, with exit code {ExitCode.BAD_INPUT:d}: "
            f"{inspection.refusal}"
        )
    else:
        click.echo(
            "A run would ingest these files. Later steps, such as the data gate, are not checked "
            "here."
        )


@contextlib.contextmanager
def _count_files() -> Iterator[Callable[[], object]]:
    """Shows the number of inspected files on a terminal; the total is unknown."""
    console = Console(stderr=True)
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.completed:,.0f} files examined"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bars:
        task = bars.add_task("", total=None)
        yield lambda: bars.advance(task)
