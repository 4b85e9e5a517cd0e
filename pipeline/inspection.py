"""Looks at files as an ingest does, without training on them and without TensorFlow."""

import datetime
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from components.disk_room import room_for_temporary_files
from components.errors import InputError
from components.ingest.ingest import Ingest
from components.ingest.ledger.rows import write_ledger
from components.ingest.ledger.summary import IngestSummary, SplitTally
from components.ingest.plan import IngestPlan
from components.ingest.settings import IngestSettings
from components.ingest.sources import sources, span_paths
from components.ingest.sources.reading import ImageFile
from components.ingest.sources.span_choice import NEWEST, choose_span
from pipeline.output_files import check_outputs, write_whole


@dataclass(frozen=True)
class Inspection:
    """What an inspection came to.

    Attributes:
      summary: the counts; without splits, since none are written.
      refusal: why a run would refuse the files, in the words of the run; empty if it would not.
      span: the one that was taken of several, as the data paths spell it; empty if there is one.
    """

    summary: IngestSummary
    refusal: str
    span: str = ""


@dataclass(frozen=True)
class Outputs:
    """What is written of an inspection; None where it is not asked for.

    Attributes:
      ledger: a row for each file, as JSON Lines.
      html: a page for people.
    """

    ledger: Path | None = None
    html: Path | None = None


def inspect(
    paths: Sequence[str],
    settings: IngestSettings,
    buckets: dict[str, int],
    outputs: Outputs,
    *,
    span: int = NEWEST,
    progress: Callable[[], object] = lambda: None,
) -> Inspection:
    """Looks at each file of the sources.

    Args:
      paths: folders, globs and archives; of paths with {SPAN} one span, as a run would take it.
      settings: what is accepted.
      buckets: hash buckets by split.
      outputs: what is written; only once all files are looked at.
      span: the number of the span, or NEWEST.
      progress: called for each file that was read.

    Raises:
      InputError: if there is nothing, or a source, a file of the settings or the place of an
        output is not as it must be.
      ResourceError: if a disk is full, or a process that looks at files is killed.
    """
    plan = IngestPlan.of(settings, buckets)
    taken = choose_span(paths, span)
    named = "" if taken is None else span_paths.describe(paths[0], taken)
    places = paths if taken is None else [span_paths.at_span(path, taken) for path in paths]
    resolved = sources.resolve_all(places, settings.archives)
    check_outputs([path for path in (outputs.ledger, outputs.html) if path], resolved)
    with room_for_temporary_files(), tempfile.TemporaryDirectory() as folder:
        ingest = Ingest(plan, Path(folder))
        files = sources.read_all(
            resolved,
            settings.archives,
            settings.pictures.max_bytes,
            follow_links=settings.follow_links,
        )
        for _ in ingest.run(_told(files, progress)):
            pass
        summary = ingest.summarise({})
        found = Inspection(summary, _refusal(summary, ingest, plan), named)
        if outputs.ledger:
            with write_whole(outputs.ledger) as file:
                write_ledger(ingest.catalogue.rows(), file)
        if outputs.html:
            with write_whole(outputs.html) as file:
                file.write(_page(paths, ingest, found, plan))
        return found


def _refusal(summary: IngestSummary, ingest: Ingest, plan: IngestPlan) -> str:
    counts = ingest.catalogue.count("split", used=True)
    tallies = {name: SplitTally(counts.get(name, 0), digest="") for name in plan.buckets}
    try:
        replace(summary, splits=tallies).check(max_bad_fraction=plan.settings.max_bad_fraction)
    except InputError as error:
        return str(error)
    return ""


def _told(files: Iterable[ImageFile], progress: Callable[[], object]) -> Iterator[ImageFile]:
    for file in files:
        yield file
        progress()


def _page(paths: Sequence[str], ingest: Ingest, found: Inspection, plan: IngestPlan) -> str:
    # Matplotlib takes half a second to load, and most looks need no page.
    from components.ingest.ledger.overview import Overview
    from pipeline.inspection_page import MAX_ROWS, render_page

    return render_page(
        paths,
        found.summary,
        Overview.of(ingest.catalogue, max_rows=MAX_ROWS),
        refusal=found.refusal,
        settings=plan.settings,
        splits=list(plan.buckets),
        looked_at=datetime.datetime.now(datetime.timezone.utc),
    )
