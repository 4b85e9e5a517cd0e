"""The page that `utkface inspect --html` writes: all of it in one file, and no picture."""

import datetime
from collections.abc import Sequence
from itertools import islice

from components.html.page import render
from components.html.words import counted
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
    """Returns the page: the same for the same arguments.

    Args:
      paths: what was looked at, as the user named it.
      summary: of the ingest; without splits, since none are written.
      overview: of the same ingest, with at most MAX_ROWS rows.
      refusal: why a run would refuse the files; empty if it would not.
      settings: what the files were held against.
      splits: the names of all splits.
      looked_at: when.
    """
    counts = {name: overview.splits.get(name, 0) for name in splits}
    return render(
        "inspection.html",
        package="pipeline.tools.inspection",
        paths=paths,
        looked_at=looked_at,
        summary=summary,
        overview=overview,
        problem=refusal,
        manifest=settings.labels.manifest,
        max_bad_fraction=settings.max_bad_fraction,
        tiles=_tiles(summary),
        splits=counts,
        explain=explain,
        quarantined=Status.QUARANTINED,
        repaired=Status.REPAIRED,
        duplicates=_tell(summary.duplicates, left_out=settings.duplicates == "leave-out"),
        label_plots=plots.draw_labels(overview),
        sizes=list(islice(overview.sizes.items(), _MAX_SIZES)),
        more_sizes=max(0, len(overview.sizes) - _MAX_SIZES),
        scalar_plots=plots.draw_scalars(overview),
        more_rows=summary.quarantined + summary.repaired - len(overview.rows),
    )


def _tiles(summary: IngestSummary) -> list[tuple[str, int, str]]:
    return [
        ("Listed", summary.listed, "files that are looked at"),
        ("Accepted", summary.accepted, "used as they are"),
        ("Repaired", summary.repaired, "used after a change"),
        ("Quarantined", summary.quarantined, "not used"),
        ("Ignored", summary.ignored, "not listed: files of an operating system"),
    ]


def _tell(found: Duplicates, *, left_out: bool) -> list[str]:
    """Says in sentences what is there more than once, and what becomes of it."""
    kept = "All of them are used, since ingest.duplicates is keep; each picture in one split."
    agreeing_files = found.exact_files - found.conflicting_files
    agreeing_groups = found.exact_groups - found.conflicting_groups
    told = []
    if found.exact_groups:
        told.append(
            f"{counted(found.exact_groups, 'picture has', 'pictures have')} more than one file, "
            f"byte for byte: {found.exact_files:,} files."
        )
    if found.conflicting_groups:
        fate = "None of these files is used: which label is right cannot be known."
        differences = "".join(
            f", the {labels} by {amount} on average" for labels, amount in found.differences
        )
        told.append(
            f"Of {counted(found.conflicting_groups, 'such picture')} "
            f"({found.conflicting_files:,} files) the labels differ{differences}. "
            f"{fate if left_out else kept}"
        )
    if agreeing_groups:
        fate = "One file of each is used."
        told.append(
            f"Of {counted(agreeing_groups, 'such picture')} ({agreeing_files:,} files) the "
            f"labels are equal. {fate if left_out else kept}"
        )
    if found.near_groups:
        told.append(
            f"{found.near_files:,} files are in {counted(found.near_groups, 'group')} of different "
            "pictures that look alike. None is left out for that; each group lies in one split."
        )
    return told
