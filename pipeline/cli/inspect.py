"""`utkface inspect`: what the ingest would do with files, without training on them."""

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from components.errors import InputError
from components.html.words import counted
from pipeline.cli.commands import command
from pipeline.console.exit_codes import ExitCode
from pipeline.root.place import check_root_place
from pipeline.settings.config import ConfigError, load_config

if TYPE_CHECKING:
    from pipeline.tools.inspection.inspect import Inspection


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
@click.option("--config", "config_path", help="YAML file with settings.")
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Override a setting, e.g. ingest.workers=2. Repeatable.",
)
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
    inspected. Exit codes: 0 a run would accept the files; 2 it would refuse them.
    """
    from components.ingest.sources.span_choice import NEWEST
    from pipeline.tools.inspection.inspect import Outputs
    from pipeline.tools.inspection.inspect import inspect as look

    try:
        config = load_config(config_path, overrides=overrides, data=paths)
        if Path(config.root).exists():
            check_root_place(config.root, paths)
        with _count_files() as progress:
            found = look(
                paths,
                config.ingest,
                config.splits.model_dump(),
                Outputs(ledger=ledger, html=html),
                span=NEWEST if config.span is None else config.span,
                progress=progress,
            )
    except (ConfigError, InputError) as error:
        raise click.UsageError(str(error)) from None
    except OSError as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        document = {
            "summary": found.summary.to_dict(),
            "refusal": found.refusal,
            "span": found.span,
        }
        click.echo(json.dumps(document, indent=2))
    else:
        _print(found, config.ingest.labels.manifest)
    context.exit(ExitCode.BAD_INPUT if found.refusal else 0)


def _print(inspection: "Inspection", manifest: str | None) -> None:
    summary = inspection.summary
    if inspection.span:
        click.echo(f"span {inspection.span}")
    click.echo(
        f"{summary.listed:,} files: {summary.accepted:,} accepted, {summary.repaired:,} repaired, "
        f"{summary.quarantined:,} quarantined; {summary.ignored:,} ignored"
    )
    for reason, count in summary.by_reason.items():
        click.echo(f"  {reason}: {count:,}")
    found = summary.duplicates
    differ = ", ".join(f"{labels} differ by {amount}" for labels, amount in found.differences)
    click.echo(
        f"duplicates: {found.exact_files:,} files in {found.exact_groups:,} groups of equal bytes, "
        f"{found.conflicting_groups:,} of them with different labels"
        f"{f' ({differ})' if differ else ''}; {found.near_files:,} files in "
        f"{found.near_groups:,} groups that look alike"
    )
    for label, counts in summary.distributions.items():
        told = ", ".join(f"{word} {count:,}" for word, count in counts.items())
        click.echo(f"{label.replace('_', ' ')}: {told}")
    for label, files in summary.ranges.items():
        click.echo(f"known as a range alone: {label} of {counted(files, 'file')}")
    if manifest:
        click.echo(f"labels: {manifest}")
    if inspection.refusal:
        click.echo(
            f"A run would refuse these files, with exit code {ExitCode.BAD_INPUT:d}: "
            f"{inspection.refusal}"
        )
    else:
        click.echo("A run would take these files; what follows the ingest is not looked at here.")


@contextlib.contextmanager
def _count_files() -> Iterator[Callable[[], object]]:
    """Shows the number of inspected files on a terminal; the total is unknown."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.completed:,.0f} files looked at"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bars:
        task = bars.add_task("", total=None)
        yield lambda: bars.advance(task)
