"""What a finished run says: tables on the console, files in the run's reports folder."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich import box
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text
from tfx.dsl.io import fileio

from components.fairness.document import Verdict
from components.html.visible import visible_text
from components.utkface_example_gen.ledger import LedgerRow
from components.utkface_example_gen.summary import IngestSummary
from pipeline.slice_metrics import SliceMetrics
from pipeline.terminal import print_text, visible_lines
from trainer import features

_WARNINGS_SHOWN = 5
_REASONS_SHOWN = 8


@dataclass(frozen=True, kw_only=True)
class Report:
    """The outcome of a run.

    Attributes:
      ingest: what came of the listed files.
      quarantined: the first rows of the files that are not used.
      slices: the metrics, overall first.
      warnings: what the data gate found worth a look, and what was accepted of it.
      no_warm_start: why the training began from scratch although it was to begin with the last
        blessed model; empty otherwise.
      verdict: whether the model was blessed, and if not, why.
      pushed_to: the folder of the pushed model; None if it was not pushed.
      places: where to look, by what lies there.
    """

    ingest: IngestSummary
    quarantined: Sequence[LedgerRow]
    slices: Sequence[SliceMetrics]
    warnings: Sequence[str]
    no_warm_start: str
    verdict: Verdict
    pushed_to: str | None
    places: dict[str, str]


def write_report(report: Report, folder: Path, beside: Iterable[str]) -> None:
    """Writes `report.json` and `report.txt` to a local folder, and all files of other folders."""
    folder.mkdir(parents=True)
    document = {"note": report.ingest.note or None, **asdict(report)}
    (folder / "report.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    with (folder / "report.txt").open("w", encoding="utf-8") as file:
        print_report(report, Console(file=file, width=100))
    for uri in beside:
        for name in fileio.listdir(uri):
            fileio.copy(f"{uri}/{name}", str(folder / name))


def print_report(report: Report, console: Console) -> None:
    """Shows what is shown at the end of a run."""
    console.print(_render(report))
    for what, where in report.places.items():
        # A path that is broken over two lines cannot be copied.
        print_text(console, f"{what:<10}  {where}")


def _render(report: Report) -> Group:
    ingest = report.ingest
    splits = ", ".join(f"{name} {split.examples:,}" for name, split in ingest.splits.items())
    repaired = f", {ingest.repaired:,} repaired" if ingest.repaired else ""
    parts: list[Table | Text] = [
        Text(
            f"\n{ingest.listed:,} files: {ingest.accepted:,} accepted{repaired}, "
            f"{ingest.quarantined:,} quarantined; {splits}"
        )
    ]
    parts += [Text(f"  {reason}: {count:,}") for reason, count in ingest.by_reason.items()]
    for row in report.quarantined:
        parts.append(Text(f"  {visible_text(row.name.rpartition('/')[2])}: {row.reason}"))
    if more := ingest.quarantined - len(report.quarantined):
        parts.append(Text(f"  and {more:,} more, see ledger"))
    if report.warnings:
        parts.append(Text("The data gate:", style="yellow"))
        parts += [Text(f"  {visible_lines(line)}") for line in report.warnings[:_WARNINGS_SHOWN]]
        if (more := len(report.warnings) - _WARNINGS_SHOWN) > 0:
            parts.append(Text(f"  and {more:,} more, see data gate"))
    if report.no_warm_start:
        told = f"No warm start, but a training from scratch. {report.no_warm_start}"
        parts.append(Text(visible_lines(told), style="yellow"))
    parts += [
        Text("\nMetrics on the test split, ages in years", style="bold"),
        _metrics_table(report.slices),
        Text("Race: how many of each true class were predicted as which", style="bold"),
        _confusion_table(report.slices[0]),
    ]
    if ingest.note:
        parts.append(Text(f"{ingest.note}\n", style="yellow"))
    return Group(*parts, *_verdict(report.verdict))


def _verdict(verdict: Verdict) -> list[Text]:
    if not verdict.reasons:
        told = "Blessed and pushed: all bounds are met on the test split."
        parts = [Text(told, style="bold green")]
    elif verdict.blessed:
        by, because = verdict.accepted_by, verdict.accepted_because
        told = f"Blessed and pushed all the same: {by} accepted what follows: {because}"
        parts = [Text(told, style="bold yellow")]
    else:
        parts = [Text("Not blessed, so not pushed:", style="bold red")]
    parts += [Text(f"  {line}") for line in verdict.reasons[:_REASONS_SHOWN]]
    if (more := len(verdict.reasons) - _REASONS_SHOWN) > 0:
        parts.append(Text(f"  and {more:,} more, see fairness"))
    before = visible_text(verdict.blessed_before or "none")
    return [*parts, Text(f"Blessed before it: {before}", style="dim")]


def _metrics_table(slices: Sequence[SliceMetrics]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("slice", no_wrap=True)
    for heading in (
        "examples",
        "age\nMAE",
        "age signed\nerror",
        "gender\naccuracy",
        "gender\nAUC",
        "race\naccuracy",
    ):
        table.add_column(heading, justify="right")
    for row in slices:
        table.add_row(
            row.name,
            f"{row.examples:,}",
            f"{row.age_mae:.2f}",
            f"{row.age_signed_error:+.2f}",
            f"{row.gender_accuracy:.3f}",
            "-" if row.gender_auc is None else f"{row.gender_auc:.3f}",
            f"{row.race_accuracy:.3f}",
        )
    return table


def _confusion_table(overall: SliceMetrics) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("true \\ predicted")
    for name in features.RACES:
        table.add_column(name, justify="right")
    for name, counts in zip(features.RACES, overall.race_confusion, strict=True):
        table.add_row(name, *(f"{count:,}" for count in counts))
    return table
