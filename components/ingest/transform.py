"""The ingest as a Beam transform, the same for every runner.

Images are read twice, and never grouped or held in memory. The first pass examines each file and
passes on only what it learns. Once duplicates are known, the second pass reads and writes files.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import AsSingleton, PBegin, PCollection

from components.beam_errors import clear_errors
from components.errors import InputError
from components.ingest.labels.curated_entries import check_unambiguous
from components.ingest.ledger.duplicates import Copy, count_near, judge_copies
from components.ingest.ledger.findings import Findings, merge_findings
from components.ingest.ledger.summary import IngestSummary
from components.ingest.outcome import read_summary
from components.ingest.plan import IngestPlan
from components.ingest.sources.source import Source, list_all
from components.ingest.steps.batches import COPIES, FILES, FINDINGS, LOOKS, ROWS, VERDICTS
from components.ingest.steps.labeling import Label, read_manifest
from components.ingest.steps.packing import pack, unpack
from components.ingest.steps.reading import Examine
from components.ingest.steps.units import Unit, make_units
from components.ingest.steps.writing import WriteUnit, advise, write_summary

# Another process takes seconds to start, which pays from about 20,000 files on.
_UNITS_PER_WORKER = 10


class Ingest(beam.PTransform):
    """Converts files to TFRecords with parsed labels, a ledger and a summary.

    The result does not depend on the runner, its workers or the number of files written.
    """

    def __init__(
        self,
        plan: IngestPlan,
        sources: Sequence[Source],
        *,
        ledger_uri: str,
        split_uris: Mapping[str, str],
    ):
        """Constructs the transform.

        Args:
          plan: the ingest plan.
          sources: sources of files, without repetition.
          ledger_uri: folder for the ledger and its summary; see outcome.read_summary.
          split_uris: folder for the records of each split; empty to write no records.
        """
        super().__init__()
        self._plan = plan
        self._sources = list(sources)
        self._ledger_uri = ledger_uri
        self._split_uris = dict(split_uris)

    def expand(self, begin: PBegin) -> PCollection:
        plan = self._plan
        units = (
            begin
            | "Start" >> beam.Create([self._sources])
            | "ListUnits" >> beam.FlatMap(_list_units, plan)
            | "ShareOut" >> beam.Reshuffle()
        )
        examine = Examine(plan, self._ledger_uri, advise(self._split_uris))
        examined = units | "Examine" >> beam.ParDo(examine).with_outputs(
            FILES, COPIES, LOOKS, FINDINGS
        )
        outputs = {tag: [examined[tag]] for tag in (COPIES, LOOKS, FINDINGS)}
        outputs[VERDICTS] = []
        by_unit = {"units": units | "UnitNumber" >> beam.Map(lambda unit: (unit.number, unit))}
        if plan.settings.labels.manifest:
            manifest = (
                begin
                | "ManifestPlan" >> beam.Create([plan])
                | "ReadManifest" >> (beam.FlatMap(read_manifest).with_outputs(FINDINGS, main=ROWS))
            )
            labeled = (
                {FILES: examined[FILES], ROWS: manifest[ROWS]}
                | "GroupByName" >> beam.CoGroupByKey()
                | "Label"
                >> beam.ParDo(Label(plan)).with_outputs(
                    ROWS, COPIES, LOOKS, FINDINGS, main=VERDICTS
                )
            )
            outputs[FINDINGS].append(manifest[FINDINGS])
            for tag, collections in outputs.items():
                collections.append(labeled[tag])
            by_unit[ROWS] = labeled[ROWS]
        judged = (
            _flatten(outputs, COPIES)
            | "GroupByContent" >> beam.GroupByKey()
            | "JudgeCopies"
            >> beam.FlatMap(_judge, plan.settings.duplicates == "leave-out").with_outputs(
                FINDINGS, main=VERDICTS
            )
        )
        outputs[VERDICTS].append(judged[VERDICTS])
        near = (
            _flatten(outputs, LOOKS)
            | "GroupByLooks" >> beam.GroupByKey()
            | "CountNear" >> beam.MapTuple(_count_near)
        )
        examined_findings = (
            _flatten(outputs, FINDINGS)
            | "MergeExamined" >> beam.CombineGlobally(merge_findings)
            | "CheckNames" >> beam.Map(_check_names, plan)
        )
        written = (
            by_unit
            | {VERDICTS: _flatten(outputs, VERDICTS)}
            | "GroupByUnit" >> beam.CoGroupByKey()
            | "WriteUnits"
            >> beam.ParDo(
                WriteUnit(plan, self._ledger_uri, self._split_uris), AsSingleton(examined_findings)
            )
        )
        return (
            (examined_findings, judged[FINDINGS], near, written)
            | "Flatten" >> beam.Flatten()
            | "MergeAll" >> beam.CombineGlobally(merge_findings)
            | "WriteSummary" >> beam.Map(write_summary, self._ledger_uri, list(self._split_uris))
        )


def _flatten(outputs: Mapping[str, Sequence[PCollection]], tag: str) -> PCollection:
    return outputs[tag] | f"Flatten_{tag}" >> beam.Flatten()


def _list_units(sources: Sequence[Source], plan: IngestPlan) -> Iterator[Unit]:
    return make_units(list_all(sources, follow_links=plan.settings.follow_links))


def _check_names(findings: Findings, plan: IngestPlan) -> Findings:
    """Adds a problem for each entry that names several images."""
    lists = plan.settings.model_dump(include={"corrections_file", "takedowns_file"})
    try:
        check_unambiguous((named for _, named in sorted(findings.named)), lists)
    except InputError as error:
        return merge_findings([findings, Findings.of_problem(error)])
    return findings


def _judge(group: tuple[int, Iterable[bytes]], leave_out: bool) -> Iterator[Any]:
    counts, verdicts = judge_copies(Copy(*copy) for copy in unpack(group[1]))
    yield beam.pvalue.TaggedOutput(FINDINGS, Findings(counts=counts))
    if leave_out:
        yield from ((verdict.unit, pack([verdict])) for verdict in verdicts)


def _count_near(_: int, looks: Iterable[bytes]) -> Findings:
    return Findings(counts=count_near(unpack(looks)))


def ingest(
    pipeline: beam.Pipeline,
    plan: IngestPlan,
    sources: Sequence[Source],
    *,
    ledger_uri: str,
    split_uris: Mapping[str, str],
) -> IngestSummary:
    """Runs Ingest in a pipeline of its own.

    Args:
      pipeline: the pipeline to run.
      plan, sources, ledger_uri, split_uris: see Ingest.

    Raises:
      InputError: if an archive is damaged, an entry names several images, or a file changed.
      ResourceError: if a disk is full, or a worker process was killed.
      RuntimeError: unless every listed file has one outcome.
    """
    with clear_errors(), pipeline:
        pipeline | "Ingest" >> Ingest(plan, sources, ledger_uri=ledger_uri, split_uris=split_uris)
    return read_summary(ledger_uri)


def worker_arguments(plan: IngestPlan, sources: Sequence[Source]) -> list[str]:
    """Returns Beam's arguments for the processes of its local runner.

    Args:
      plan: the ingest plan; its settings may leave the number of processes open.
      sources: sources of files.
    """
    workers = plan.settings.workers or _choose_workers(plan, sources)
    if workers == 1:
        return []
    return ["--direct_running_mode=multi_processing", f"--direct_num_workers={workers}"]


def _choose_workers(plan: IngestPlan, sources: Sequence[Source]) -> int:
    """Returns one process per 10 units, at most one per core, and at least one."""
    cores = len(os.sched_getaffinity(0))
    units = islice(_list_units(sources, plan), cores * _UNITS_PER_WORKER)
    return max(1, sum(1 for _ in units) // _UNITS_PER_WORKER)
