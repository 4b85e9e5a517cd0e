"""The first pass over the files: passes on what it learns about each file, but no images."""

from collections.abc import Callable, Iterator
from typing import IO, Any

import apache_beam as beam
from apache_beam.metrics import Metrics
from apache_beam.pvalue import TaggedOutput

from components.errors import InputError, ResourceError
from components.ingest.examine import examine
from components.ingest.labels.manifest import is_manifest
from components.ingest.ledger.findings import Findings
from components.ingest.ledger.rows import LedgerRow
from components.ingest.plan import IngestPlan
from components.ingest.sources.reading import is_side_file
from components.ingest.steps.batches import FINDINGS, Batch, Unlabeled
from components.ingest.steps.drafts import draft_path, write_rows
from components.ingest.steps.units import Unit
from components.storage import files
from components.storage.disk_room import room_in

_ROWS_TOGETHER = 4096
_COPIES_TOGETHER = 8192
# Called for each file examined in this process, to show progress.
listeners: list[Callable[[], object]] = []


class Examine(beam.DoFn):
    """Examines the files of units and drafts their rows; yields FILES, COPIES, LOOKS, FINDINGS."""

    def __init__(self, plan: IngestPlan, ledger_uri: str, advice: str):
        """Constructs the step.

        Args:
          plan: the ingest plan.
          ledger_uri: folder for the drafts.
          advice: what to do if the disk has no room for them.
        """
        self._plan = plan
        self._ledger_uri = ledger_uri
        self._advice = advice

    def process(self, unit: Unit) -> Iterator[Any]:
        findings = Findings()
        findings.counts["bytes", unit.number] = 0
        path = draft_path(self._ledger_uri, unit.number)
        try:
            with room_in(path, self._advice), files.create(path) as draft:
                yield from self._examine(unit, findings, draft)
        except (InputError, ResourceError) as error:
            findings.merge(Findings.of_problem(error))
        for name in ("listed", "ignored"):
            Metrics.counter("ingest", name).inc(findings.counts[name])
        yield TaggedOutput(FINDINGS, findings)

    def _examine(self, unit: Unit, findings: Findings, draft: IO[bytes]) -> Iterator[TaggedOutput]:
        batch = Batch()
        rows: list[tuple[int, LedgerRow]] = []
        labels = self._plan.settings.labels
        for place, file in enumerate(unit.read(self._plan.settings)):
            if is_side_file(file.relative_name) or is_manifest(file.path, labels):
                findings.counts["ignored"] += 1
                continue
            examined = examine(file, self._plan)
            findings.counts["listed"] += 1
            findings.counts["bytes", unit.number] += examined.row.size or 0
            findings.named += [((unit.number, place), named) for named in examined.named]
            rows.append((place, examined.row))
            if labels.manifest:
                batch.add_file(Unlabeled(unit.number, place, file.path, examined.row))
            else:
                batch.add_copy(unit.number, place, examined.row)
            if len(rows) == _ROWS_TOGETHER:
                write_rows(draft, rows)
                rows.clear()
                yield from batch.flush(least=_COPIES_TOGETHER)
            for listener in listeners:
                listener()
        if rows:
            write_rows(draft, rows)
        yield from batch.flush()
