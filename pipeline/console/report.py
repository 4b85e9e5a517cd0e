"""The report of a finished run: tables on the console, files in the run's reports folder."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text
from tfx.dsl.io import fileio

from components.fairness.display import summary_rows
from components.fairness.document import Verdict
from components.fairness.judge.unbounded import find_unbounded, format_unbounded
from components.fairness.reason import format_reason
from components.html.visible import visible_text
from components.ingest.ledger.rows import LedgerRow
from components.ingest.ledger.summary import IngestSummary
from pipeline.console.terminal import print_text, visible_lines
from trainer.measures.measure import NOT_AVAILABLE, Surface
from trainer.measures.registry import measures_on
from trainer.tasks import TASKS, Kind, Task

_WARNINGS_SHOWN = 5
_REASONS_SHOWN = 8
_SHOWN = measures_on(Surface.CONSOLE)


@dataclass(frozen=True, kw_only=True)
class Report:
    """The outcome of a run.

    Attributes:
      ingest: the summary of the ingest.
      quarantined: the first ledger rows of quarantined files.
      figures: the fairness figures; see components.fairness.document.
      warnings: the findings of the data gate, one per line.
      no_warm_start: why training started from scratch instead of from the last blessed model;
        empty if it did not.
      pushed_to: the folder of the pushed model; None if it was not pushed.
      places: the paths of the outputs, by name.
    """

    ingest: IngestSummary
    quarantined: Sequence[LedgerRow]
    figures: Mapping[str, Any]
    warnings: Sequence[str]
    no_warm_start: str
    pushed_to: str | None
    places: dict[str, str]

    @property
    def verdict(self) -> Verdict:
        """Whether the model is blessed, and the reasons if not."""
        return Verdict.from_dict(self.figures["verdict"])

    @property
    def slices(self) -> list[dict[str, Any]]:
        """The measures of the slices that are displayed, overall first."""
        confusions = [f"{task.name}_confusion" for task in TASKS if task.kind is Kind.MULTICLASS]
        return [
            {
                "name": row["slice"],
                "examples": row["examples"],
                **{key: row["measures"][key]["value"] for key in _SHOWN},
                **{key: row[key] for key in confusions},
            }
            for row in summary_rows(self.figures)
        ]

    def to_dict(self) -> dict[str, Any]:
        return {
            "note": self.ingest.note or None,
            "ingest": asdict(self.ingest),
            "quarantined": [asdict(row) for row in self.quarantined],
            "slices": self.slices,
            "warnings": list(self.warnings),
            "no_warm_start": self.no_warm_start,
            "verdict": self.figures["verdict"],
            "pushed_to": self.pushed_to,
            "places": self.places,
        }


def write_report(report: Report, folder: Path, beside: Iterable[str]) -> None:
    """Writes `report.json` and `report.txt` to a local folder, and copies other files there."""
    folder.mkdir(parents=True)
    text = json.dumps(report.to_dict(), indent=2)
    (folder / "report.json").write_text(f"{text}\n", encoding="utf-8")
    with (folder / "report.txt").open("w", encoding="utf-8") as file:
        print_report(report, Console(file=file, width=100))
    for path in beside:
        fileio.copy(path, str(folder / path.rpartition("/")[2]))


def print_report(report: Report, console: Console) -> None:
    """Prints the report at the end of a run."""
    console.print(_render(report))
    for name, path in report.places.items():
        # A wrapped path cannot be copied.
        print_text(console, f"{name:<10}  {path}")


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
        parts.append(Text("Data gate warnings:", style="yellow"))
        parts += [Text(f"  {visible_lines(line)}") for line in report.warnings[:_WARNINGS_SHOWN]]
        if (more := len(report.warnings) - _WARNINGS_SHOWN) > 0:
            parts.append(Text(f"  and {more:,} more, see data gate"))
    if report.no_warm_start:
        reason = f"No warm start: training started from scratch. {report.no_warm_start}"
        parts.append(Text(visible_lines(reason), style="yellow"))
    units = "".join(f", {task.name} in {task.unit}" for task in TASKS if task.unit)
    parts += [
        Text(f"\nMetrics on the test split{units}", style="bold"),
        _metrics_table(report.slices),
    ]
    for task in TASKS:
        if task.kind is Kind.MULTICLASS:
            title = f"{task.name.capitalize()}: confusion matrix, examples"
            parts += [
                Text(title, style="bold"),
                _confusion_table(task, report.slices[0][f"{task.name}_confusion"]),
            ]
    if ingest.note:
        parts.append(Text(f"{ingest.note}\n", style="yellow"))
    return Group(*parts, *_verdict(report))


def _verdict(report: Report) -> list[Text]:
    verdict = report.verdict
    if not verdict.reasons:
        parts = [
            Text("Blessed and pushed: all bounds are met on the test split.", style="bold green")
        ]
    elif verdict.blessed:
        by, because = verdict.accepted_by, verdict.accepted_because
        accepted = f"Blessed and pushed although bounds are missed; {by} accepted this: {because}"
        parts = [Text(accepted, style="bold yellow")]
    else:
        parts = [Text("Not blessed, so not pushed:", style="bold red")]
    parts += [Text(f"  {format_reason(reason)}") for reason in verdict.reasons[:_REASONS_SHOWN]]
    if (more := len(verdict.reasons) - _REASONS_SHOWN) > 0:
        parts.append(Text(f"  and {more:,} more, see fairness"))
    parts += [
        Text(f"Warning: {format_unbounded(gap)}", style="yellow")
        for gap in find_unbounded(report.figures)
    ]
    before = visible_text(verdict.blessed_before or "none")
    return [*parts, Text(f"Previously blessed: {before}", style="dim")]


def _metrics_table(slices: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("slice", no_wrap=True)
    table.add_column("examples", justify="right")
    for measure in _SHOWN.values():
        # Two lines per heading, to fit the table next to the slice names.
        first, *rest = (measure.heading or measure.name).split("\n")
        heading = [f"{measure.task.name} {first}", *rest] if rest else [measure.task.name, first]
        table.add_column("\n".join(heading), justify="right")
    for row in slices:
        values = (
            NOT_AVAILABLE if row[key] is None else format(row[key], measure.unit.exact)
            for key, measure in _SHOWN.items()
        )
        table.add_row(row["name"], f"{row['examples']:,}", *values)
    return table


def _confusion_table(task: Task, confusion: Sequence[Sequence[int]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("true \\ predicted")
    for name in task.classes:
        table.add_column(name, justify="right")
    for name, counts in zip(task.classes, confusion, strict=True):
        table.add_row(name, *(f"{count:,}" for count in counts))
    return table
