"""The first look at files: what is known of each goes on, and no picture does."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import apache_beam as beam
from apache_beam.metrics import Metrics
from apache_beam.pvalue import TaggedOutput

from components.errors import InputError, ResourceError
from components.ingest.examine import Examined, examine
from components.ingest.ledger.duplicates import Copy
from components.ingest.ledger.findings import Findings
from components.ingest.packing import bucket_of, pack
from components.ingest.plan import IngestPlan
from components.ingest.sources.side_files import is_side_file
from components.ingest.units import Unit
from trainer.features import LABEL_KEYS

_ROWS_TOGETHER = 1024
# Called for each file that was examined in this process, to show progress.
listeners: list[Callable[[], object]] = []


class Examine(beam.DoFn):
    """Examines the files of units.

    Attributes:
      ROWS: the unit's number, with some rows of the ledger and the place of the first.
      COPIES: by content, the Copy of each file that may be used.
      LOOKS: by looks, the perceptual hash and digest of each.
      FINDINGS: one Findings a unit.
    """

    ROWS, COPIES, LOOKS, FINDINGS = "rows", "copies", "looks", "findings"

    def __init__(self, plan: IngestPlan):
        self._plan = plan

    def process(self, unit: Unit) -> Iterator[Any]:
        batch = _Batch(unit.number)
        findings = Findings()
        findings.counts["bytes", unit.number] = 0
        files = enumerate(unit.read(self._plan.settings))
        try:
            for place, file in files:
                if is_side_file(file.relative_name):
                    findings.counts["ignored"] += 1
                    continue
                found = examine(file, self._plan)
                findings.counts["listed"] += 1
                findings.named += [((unit.number, place), named) for named in found.named]
                findings.counts["bytes", unit.number] += found.row.size or 0
                batch.add(place, found)
                if len(batch.rows) == _ROWS_TOGETHER:
                    yield from batch.emit_rows()
                for listener in listeners:
                    listener()
        except (InputError, ResourceError) as error:
            findings.merge(Findings.of_problem(error))
        yield from batch.emit_rows()
        yield from batch.emit_copies()
        for name in ("listed", "ignored"):
            Metrics.counter("ingest", name).inc(findings.counts[name])
        yield TaggedOutput(self.FINDINGS, findings)


class _Batch:
    """What is known of some files of a unit."""

    def __init__(self, unit: int):
        self._unit = unit
        self.rows: list[Any] = []
        self._copies: dict[int, list[Copy]] = defaultdict(list)
        self._looks: dict[int, list[tuple[str, str]]] = defaultdict(list)

    def add(self, place: int, found: Examined) -> None:
        row = found.row
        self.rows.append((place, row))
        if row.labels is None:
            return
        labels = tuple(row.labels[key] for key in LABEL_KEYS)
        copy = Copy(row.sha256, self._unit, place, row.name, labels)
        self._copies[bucket_of(row.sha256)].append(copy)
        self._looks[bucket_of(row.group)].append((row.group, row.sha256))

    def emit_rows(self) -> Iterator[tuple[int, tuple[int, int, bytes]]]:
        if self.rows:
            yield self._unit, (self._unit, self.rows[0][0], pack(self.rows))
            self.rows = []

    def emit_copies(self) -> Iterator[TaggedOutput]:
        for tag, lists in ((Examine.COPIES, self._copies), (Examine.LOOKS, self._looks)):
            for bucket, values in lists.items():
                yield TaggedOutput(tag, (bucket, pack(values)))
