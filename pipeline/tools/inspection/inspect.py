"""Examines files as the ingest does, without training and without TensorFlow."""

import datetime
import logging
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from components.errors import InputError
from components.ingest.ledger.summary import IngestSummary, SplitTally
from components.ingest.outcome import read_rows
from components.ingest.plan import IngestPlan
from components.ingest.settings import IngestSettings
from components.ingest.sources import span_paths
from components.ingest.sources.source import Source, resolve_all
from components.ingest.sources.span_choice import NEWEST, choose_span
from components.storage.disk_room import room_for_temporary_files
from pipeline.console.output_files import check_outputs, write_atomically


@dataclass(frozen=True)
class Inspection:
    """The result of an inspection.

    Attributes:
      summary: the counts; without splits, because no examples are written.
      refusal: why a run would refuse the files, in the words of the run; empty if it would not.
      span: the selected span as the data paths spell it; empty if the paths have no spans.
    """

    summary: IngestSummary
    refusal: str
    span: str = ""


def inspect(
    paths: Sequence[str],
    settings: IngestSettings,
    buckets: dict[str, int],
    *,
    ledger: Path | None = None,
    html: Path | None = None,
    span: int = NEWEST,
    progress: Callable[[], object] = lambda: None,
) -> Inspection:
    """Examines each file of the sources.

    Args:
      paths: folders, globs and archives; with {SPAN}, the span that a run would select.
      settings: the ingest settings.
      buckets: hash buckets by split.
      ledger: where to write the ledger, JSON Lines with a row per file; None for nowhere.
      html: where to write the page; None for nowhere.
      span: the number of the span, or NEWEST.
      progress: called for each file that is examined in this process.

    Raises:
      InputError: if there are no files, or a source, a file in the settings or the path of an
        output is invalid.
      ResourceError: if a disk is full, or a worker process is killed.
    """
    plan = IngestPlan.of(settings, buckets)
    name, data = "", paths
    if (chosen := choose_span(paths, span)) is not None:
        name = span_paths.describe(paths[0], chosen)
        data = [span_paths.at_span(path, chosen) for path in paths]
    resolved = resolve_all(data, settings.archives)
    check_outputs([path for path in (ledger, html) if path], resolved)
    with room_for_temporary_files(), tempfile.TemporaryDirectory() as folder:
        summary = _run_ingest(plan, resolved, folder, progress)
        refusal = _find_refusal(summary, folder, plan)
        if ledger:
            with write_atomically(ledger) as file:
                file.writelines(row.to_json() for row in read_rows(folder))
        if html:
            with write_atomically(html) as file:
                file.write(_render_page(paths, summary, refusal, folder, plan))
        return Inspection(summary, refusal, name)


def _run_ingest(
    plan: IngestPlan, resolved: list[Source], folder: str, progress: Callable[[], object]
) -> IngestSummary:
    """Runs the ingest's own transform, which writes a ledger but no examples."""
    logging.getLogger("apache_beam").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Beam takes two seconds to import, and errors in the paths are known before.
        import apache_beam as beam
        from apache_beam.options.pipeline_options import PipelineOptions

        from components.ingest.steps.reading import listeners
        from components.ingest.transform import ingest, worker_arguments

    arguments = ["--runner=FnApiRunner", *worker_arguments(plan, resolved)]
    listeners.append(progress)
    try:
        pipeline = beam.Pipeline(options=PipelineOptions(arguments))
        return ingest(pipeline, plan, resolved, ledger_uri=folder, split_uris={})
    finally:
        listeners.remove(progress)


def _find_refusal(summary: IngestSummary, folder: str, plan: IngestPlan) -> str:
    counts = Counter(row.split for row in read_rows(folder))
    tallies = {name: SplitTally(counts[name], digest="") for name in plan.buckets}
    try:
        replace(summary, splits=tallies).check(max_bad_fraction=plan.settings.max_bad_fraction)
    except InputError as error:
        return str(error)
    return ""


def _render_page(
    paths: Sequence[str], summary: IngestSummary, refusal: str, folder: str, plan: IngestPlan
) -> str:
    # Matplotlib takes half a second to import, and most inspections write no page.
    from pipeline.tools.inspection.overview import Overview
    from pipeline.tools.inspection.page import MAX_ROWS, render_page

    return render_page(
        paths,
        summary,
        Overview.of(read_rows(folder), max_rows=MAX_ROWS),
        refusal=refusal,
        settings=plan.settings,
        splits=list(plan.buckets),
        looked_at=datetime.datetime.now(datetime.timezone.utc),
    )
