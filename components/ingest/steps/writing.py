"""The second pass over the files: writes the records of used files, and the row of each file."""

import contextlib
import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any

import apache_beam as beam
from apache_beam.metrics import Metrics

from components.errors import InputError, ResourceError
from components.ingest.examine import examine
from components.ingest.examples import RecordFile, encode
from components.ingest.ledger.findings import Findings
from components.ingest.ledger.rows import SUMMARY_FILE, LedgerRow, Status, Verdict, ledger_file
from components.ingest.ledger.summary import IngestSummary
from components.ingest.plan import IngestPlan
from components.ingest.sources.reading import ImageFile
from components.ingest.steps import units
from components.ingest.steps.batches import ROWS, VERDICTS
from components.ingest.steps.drafts import (
    PlacedRow,
    draft_path,
    read_rows,
    remove_drafts,
    unpack_rows,
)
from components.ingest.steps.packing import unpack
from components.ingest.steps.units import Shards, plan_shards
from components.storage import files
from components.storage.disk_room import ADVICE_FOR_TEMPORARY_FILES, room_in

_ANOTHER_ROOT = "or give the run another root"


class WriteUnit(beam.DoFn):
    """Writes the rows and records of a unit; yields a Findings."""

    def __init__(self, plan: IngestPlan, ledger_uri: str, split_uris: Mapping[str, str]):
        self._plan = plan
        self._ledger_uri = ledger_uri
        self._split_uris = dict(split_uris)

    def process(
        self, group: tuple[int, Mapping[str, Iterable[Any]]], first: Findings
    ) -> Iterator[Findings]:
        if first.problems:
            return
        number, inputs = group
        shards = plan_shards(first.bytes_by_unit())[number]
        path = f"{self._ledger_uri}/{ledger_file(shards.unit, shards.units)}"
        try:
            with room_in(path, advise(self._split_uris)), files.create(path) as ledger:
                records = _Records(self._split_uris, shards)
                with contextlib.closing(records):
                    findings = self._write(inputs, ledger, records)
        except (InputError, ResourceError) as error:
            findings = Findings.of_problem(error)
        for status in Status:
            Metrics.counter("ingest", status.value).inc(findings.counts[status.value])
        yield findings

    def _write(
        self, inputs: Mapping[str, Iterable[Any]], ledger: Any, records: "_Records"
    ) -> Findings:
        findings = Findings()
        (unit,) = inputs["units"]
        contents = enumerate(unit.read(self._plan.settings))
        draft = read_rows(draft_path(self._ledger_uri, unit.number))
        for place, row in _judged_rows(draft, inputs):
            ledger.write(row.to_json().encode())
            findings.add_row((unit.number, place), row)
            records.advance_past(row)
            if row.used and self._split_uris:
                record = encode(row, self._picture(contents, place, row))
                records.write(row.split, record)
                digest = int.from_bytes(hashlib.sha256(record).digest(), "big")
                findings.counts.update({("examples", row.split): 1, ("digest", row.split): digest})
        return findings

    def _picture(
        self, contents: Iterator[tuple[int, ImageFile]], place: int, row: LedgerRow
    ) -> bytes:
        """Reads ahead to a file, and returns the encoded image to store."""
        file = next((file for at, file in contents if at == place), None)
        if not file or not file.data or hashlib.sha256(file.data).hexdigest() != row.sha256:
            raise InputError(
                f"{row.source}: expected {row.name!r} to stay unchanged during the ingest; it "
                "changed. Run again when nothing writes to the data."
            )
        if row.status == Status.ACCEPTED:
            return file.data
        picture = examine(file, self._plan).picture
        assert picture is not None
        return picture.data


class _Records:
    """The record files of a unit: each shard has a file for each split, even if it is empty."""

    def __init__(self, split_uris: Mapping[str, str], shards: Shards):
        self._uris = split_uris
        self._shards = shards
        self._shard = -1
        self._bytes = 0
        self._open: dict[str, RecordFile] = {}
        self._begin_shard(0)

    def advance_past(self, row: LedgerRow) -> None:
        """Starts the next shard if the current shard is full."""
        self._bytes += row.size or 0
        self._begin_shard(min(self._bytes // units.SHARD_BYTES, self._shards.files - 1))

    def write(self, split: str, record: bytes) -> None:
        with room_in(self._uris[split], _ANOTHER_ROOT):
            self._open[split].write(record)

    def close(self) -> None:
        self._begin_shard(self._shards.files - 1)
        self._close_shard()

    def _begin_shard(self, shard: int) -> None:
        while self._shard < shard:
            self._close_shard()
            self._shard += 1
            number = self._shards.first + self._shard
            name = f"data_tfrecord-{number:05d}-of-{self._shards.total:05d}.gz"
            for split, uri in self._uris.items():
                with room_in(uri, _ANOTHER_ROOT):
                    self._open[split] = RecordFile(files.create(f"{uri}/{name}"))

    def _close_shard(self) -> None:
        while self._open:
            split, file = self._open.popitem()
            with room_in(self._uris[split], _ANOTHER_ROOT):
                file.close()


def _judged_rows(
    draft: Iterable[PlacedRow], inputs: Mapping[str, Iterable[Any]]
) -> Iterator[PlacedRow]:
    """Yields the rows of manifest rows without files first, then the rows of a draft."""
    verdicts: dict[int, list[Verdict]] = defaultdict(list)
    for verdict in (Verdict(*each) for each in unpack(inputs[VERDICTS])):
        verdicts[verdict.place].append(verdict)
    for _, rows in sorted(inputs.get(ROWS, ())):
        yield from unpack_rows(rows)
    for place, row in draft:
        # Verdicts with labels come before verdicts on duplicates, which have a reason.
        for verdict in sorted(verdicts.get(place, ()), key=attrgetter("reason")):
            row = verdict.apply(row)
        yield place, row


def write_summary(findings: Findings, ledger_uri: str, splits: Sequence[str]) -> None:
    """Writes the summary, or the problems if there are any; see read_summary."""
    remove_drafts(ledger_uri)
    if findings.problems:
        document: dict[str, Any] = {"problems": sorted(findings.problems)}
    else:
        document = IngestSummary.of(findings, splits).to_dict()
    path = f"{ledger_uri}/{SUMMARY_FILE}"
    with room_in(path, advise(splits)), files.create(path) as file:
        file.write((json.dumps(document, indent=2) + "\n").encode())


def advise(splits: Collection[str]) -> str:
    """Returns advice for a full disk; without records, the ledger is a temporary file."""
    return _ANOTHER_ROOT if splits else ADVICE_FOR_TEMPORARY_FILES
