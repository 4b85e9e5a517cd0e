"""Renders the page of `utkface inspect --html`: one file, without images of the data."""

import datetime
from collections.abc import Mapping, Sequence
from itertools import islice

from components.html.page import render
from components.html.table import Cell, Table
from components.html.words import counted, number, sentence_case
from components.ingest.ledger.duplicates import Duplicates
from components.ingest.ledger.rows import Status
from components.ingest.ledger.summary import IngestSummary
from components.ingest.settings import IngestSettings
from pipeline.tools.inspection import plots
from pipeline.tools.inspection.explanations import explain
from pipeline.tools.inspection.overview import Overview

MAX_ROWS = 200
_MAX_SIZES = 5


def render_page(
    paths: Sequence[str],
    summary: IngestSummary,
    overview: Overview,
    *,
    refusal: str,
    settings: IngestSettings,
    splits: Sequence[str],
    looked_at: datetime.datetime,
) -> str:
    """Returns the page; equal arguments give equal pages.

    Args:
      paths: the data paths, as the user named them.
      summary: the summary of the ingest; without splits, because no examples are written.
      overview: the overview of the same ingest, with at most MAX_ROWS rows.
      refusal: why a run would refuse the files; empty if it would not.
      settings: the ingest settings.
      splits: the names of all splits.
      looked_at: the time of the inspection.
    """
    rows: list[list[Cell | str]] = [
        [
            Cell(row.name, [f"in {row.source}"] if len(paths) > 1 else (), style="wraps"),
            row.status,
            Cell(row.reason, style="code"),
            Cell(row.detail, style="wraps"),
            Cell((row.sha256 or "unknown")[:12], style="code"),
        ]
        for row in overview.rows
    ]
    return render(
        "inspection.html",
        package="pipeline.tools.inspection",
        paths=paths,
        looked_at=looked_at,
        summary=summary,
        problem=refusal,
        manifest=settings.labels.manifest,
        max_bad_fraction=settings.max_bad_fraction,
        tiles=_tiles(summary),
        splits={name: overview.splits.get(name, 0) for name in splits},
        quarantined=_reasons(overview.quarantined, Status.QUARANTINED),
        repaired=_reasons(overview.repaired, Status.REPAIRED),
        duplicates=_describe_duplicates(
            summary.duplicates, left_out=settings.duplicates == "leave-out"
        ),
        label_plots=plots.draw_labels(overview),
        sizes=list(islice(overview.sizes.items(), _MAX_SIZES)),
        more_sizes=max(0, len(overview.sizes) - _MAX_SIZES),
        scalar_plots=plots.draw_scalars(overview),
        files=Table(
            title="Files that are quarantined or repaired",
            headings=("Name", "Status", "Reason", "Detail", "SHA-256"),
            rows=rows,
        ),
        more_rows=summary.quarantined + summary.repaired - len(overview.rows),
    )


def _reasons(counts: Mapping[str, int], status: Status) -> Table:
    most = max(counts.values(), default=1)
    return Table(
        title=f"{sentence_case(status)} files by reason",
        headings=("Reason" if status is Status.QUARANTINED else "Change", "Files", "Meaning"),
        rows=[
            (
                Cell(code, style="code"),
                Cell(number(count), bar=count / most),
                Cell(explain(status, code), style="wraps"),
            )
            for code, count in counts.items()
        ],
        numbers=["Files"],
    )


def _tiles(summary: IngestSummary) -> list[tuple[str, int, str]]:
    return [
        ("Listed", summary.listed, "all files"),
        ("Accepted", summary.accepted, "used as they are"),
        ("Repaired", summary.repaired, "used after a change"),
        ("Quarantined", summary.quarantined, "not used"),
        ("Ignored", summary.ignored, "files of an operating system, not listed"),
    ]


def _describe_duplicates(duplicates: Duplicates, *, left_out: bool) -> list[str]:
    """Returns sentences about the duplicates, and about which of them are used."""
    all_used = "All of them are used, since ingest.duplicates is keep; each image is in one split."
    agreeing_files = duplicates.exact_files - duplicates.conflicting_files
    agreeing_groups = duplicates.exact_groups - duplicates.conflicting_groups
    sentences = []
    if duplicates.exact_groups:
        sentences.append(
            f"{counted(duplicates.exact_groups, 'image has', 'images have')} more than one file "
            f"with the same bytes: {duplicates.exact_files:,} files."
        )
    if duplicates.conflicting_groups:
        fate = "None of these files is used, since the correct label is unknown."
        differences = "".join(
            f", the {labels} by {amount} on average" for labels, amount in duplicates.differences
        )
        sentences.append(
            f"The labels of {counted(duplicates.conflicting_groups, 'such image')} "
            f"({duplicates.conflicting_files:,} files) differ{differences}. "
            f"{fate if left_out else all_used}"
        )
    if agreeing_groups:
        fate = "One file of each is used."
        sentences.append(
            f"The labels of {counted(agreeing_groups, 'such image')} ({agreeing_files:,} files) "
            f"are equal. {fate if left_out else all_used}"
        )
    if duplicates.near_groups:
        sentences.append(
            f"{duplicates.near_files:,} files are in {counted(duplicates.near_groups, 'group')} of "
            "different images that look alike. All of them are used; each group is in one split."
        )
    return sentences
