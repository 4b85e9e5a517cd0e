"""Joins files with the rows of a manifest, by file name."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import TaggedOutput

from components.errors import InputError
from components.ingest.labels.label_source import ManifestSource, label_file
from components.ingest.labels.manifest import ManifestRow, read_rows
from components.ingest.labels.names import own_name
from components.ingest.ledger.findings import Findings
from components.ingest.ledger.rows import LedgerRow, Verdict
from components.ingest.plan import IngestPlan
from components.ingest.rejection import RejectedFile
from components.ingest.steps.batches import FILES, FINDINGS, ROWS, Batch, Unlabeled
from components.ingest.steps.drafts import pack_rows
from components.ingest.steps.packing import BUCKETS, bucket_of, pack, unpack

_ROWS_TOGETHER = 4096


def read_manifest(plan: IngestPlan) -> Iterator[Any]:
    """Yields the manifest's rows by the buckets of their file names, or the problem with it."""
    buckets: dict[int, list[tuple[ManifestRow]]] = defaultdict(list)
    try:
        for number, row in enumerate(read_rows(plan.settings.labels, plan.settings.archives), 1):
            buckets[bucket_of(own_name(row.name))].append((row,))
            if number % _ROWS_TOGETHER == 0:
                yield from ((bucket, pack(rows)) for bucket, rows in buckets.items())
                buckets.clear()
    except InputError as error:
        yield TaggedOutput(FINDINGS, Findings.of_problem(error))
    yield from ((bucket, pack(rows)) for bucket, rows in buckets.items())


class Label(beam.DoFn):
    """Labels files from a manifest; yields the outputs that Examine yields for labeled files.

    The main output is a verdict on each file. A row without a file becomes a row of the ledger.
    """

    def __init__(self, plan: IngestPlan):
        self._plan = plan

    def process(self, group: tuple[int, Mapping[str, Iterable[bytes]]]) -> Iterator[Any]:
        files: list[Unlabeled] = [Unlabeled(*file) for file in unpack(group[1][FILES])]
        manifest = self._plan.settings.labels.manifest or ""
        source = ManifestSource(
            manifest,
            (row for (row,) in unpack(group[1][ROWS])),
            ((file.path, file.row.sha256) for file in files),
        )
        verdicts: dict[int, list[Verdict]] = defaultdict(list)
        batch = Batch()
        for file in files:
            verdict = self._judge(file, source)
            verdicts[file.unit].append(verdict)
            batch.add_copy(file.unit, file.place, verdict.apply(file.row))
        for unit, judged in verdicts.items():
            yield unit, pack(judged)
        # Negative places: before the files of the first unit.
        place = group[0] - BUCKETS
        without_file = [
            (place, LedgerRow.quarantined(error.reason, error.detail, name=name, source=manifest))
            for name, error in source.without_file()
        ]
        if without_file:
            yield TaggedOutput(ROWS, (0, (place, pack_rows(without_file))))
        yield from batch.flush()
        yield TaggedOutput(FINDINGS, Findings(counts=Counter(listed=len(without_file))))

    def _judge(self, file: Unlabeled, source: ManifestSource) -> Verdict:
        try:
            labels = label_file(
                file.path,
                file.row.sha256 or "",
                lambda: source.read(file.path),
                corrections=self._plan.corrections,
                takedowns=self._plan.takedowns,
            )
        except RejectedFile as error:
            return Verdict(file.unit, file.place, error.reason, error.detail)
        return Verdict(file.unit, file.place, **labels._asdict())
