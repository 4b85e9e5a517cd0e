"""The first look at files: what is known of each goes on, and no picture does."""

from collections.abc import Callable, Iterator
from typing import Any

import apache_beam as beam
from apache_beam.metrics import Metrics
from apache_beam.pvalue import TaggedOutput

from components.errors import InputError, ResourceError
from components.ingest.examine import examine
from components.ingest.labels.manifest import is_manifest
from components.ingest.ledger.findings import Findings
from components.ingest.plan import IngestPlan
from components.ingest.sources.side_files import is_side_file
from components.ingest.steps.batches import FINDINGS, Batch, Unlabelled
from components.ingest.steps.units import Unit

_ROWS_TOGETHER = 4096
_COPIES_TOGETHER = 8192
# Called for each file that was examined in this process, to show progress.
listeners: list[Callable[[], object]] = []


class Examine(beam.DoFn):
    """Examines the files of units; its outputs are ROWS, FILES, COPIES, LOOKS and FINDINGS."""

    def __init__(self, plan: IngestPlan):
        self._plan = plan

    def process(self, unit: Unit) -> Iterator[Any]:
        batch = Batch()
        findings = Findings()
        findings.counts["bytes", unit.number] = 0
        labels = self._plan.settings.labels
        try:
            for place, file in enumerate(unit.read(self._plan.settings)):
                if is_side_file(file.relative_name) or is_manifest(file.path, labels):
                    findings.counts["ignored"] += 1
                    continue
                found = examine(file, self._plan)
                findings.counts["listed"] += 1
                findings.counts["bytes", unit.number] += found.row.size or 0
                findings.named += [((unit.number, place), named) for named in found.named]
                batch.rows.append((place, found.row))
                if labels.manifest:
                    batch.add_file(Unlabelled(unit.number, place, file.path, found.row))
                else:
                    batch.add_copy(unit.number, place, found.row)
                if len(batch.rows) == _ROWS_TOGETHER:
                    yield from batch.emit_rows(unit.number)
                    yield from batch.emit_copies(least=_COPIES_TOGETHER)
                for listener in listeners:
                    listener()
        except (InputError, ResourceError) as error:
            findings.merge(Findings.of_problem(error))
        yield from batch.emit_rows(unit.number)
        yield from batch.emit_copies()
        for name in ("listed", "ignored"):
            Metrics.counter("ingest", name).inc(findings.counts[name])
        yield TaggedOutput(FINDINGS, findings)
