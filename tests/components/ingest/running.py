"""Runs the ingest's Beam transform as the component and `utkface inspect` do."""

from collections.abc import Sequence
from pathlib import Path

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from components.ingest.ledger.rows import LedgerRow
from components.ingest.ledger.summary import IngestSummary
from components.ingest.outcome import read_rows
from components.ingest.plan import IngestPlan
from components.ingest.sources.source import resolve_all
from components.ingest.transform import ingest

LOCAL = ("--runner=FnApiRunner",)


def run(
    plan: IngestPlan,
    data: str | Path | Sequence[str],
    folder: Path,
    *,
    records: bool = False,
    arguments: Sequence[str] = LOCAL,
) -> tuple[IngestSummary, list[LedgerRow]]:
    """Returns the summary and the rows of the ledger.

    Args:
      plan: plan of the ingest.
      data: one or several data paths.
      folder: output folder of the ledger, and of the records, in a folder per split.
      records: whether to write records.
      arguments: arguments of the Beam pipeline.
    """
    paths = [str(data)] if isinstance(data, str | Path) else data
    split_uris = {name: f"{folder}/Split-{name}" for name in plan.buckets} if records else {}
    summary = ingest(
        beam.Pipeline(options=PipelineOptions([*arguments])),
        plan,
        resolve_all(paths),
        ledger_uri=str(folder),
        split_uris=split_uris,
    )
    return summary, list(read_rows(str(folder)))
