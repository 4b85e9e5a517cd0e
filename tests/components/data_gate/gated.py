"""Runs the validators and the gate on tables of labels and image scalars, as a pipeline does."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import statistics_pb2
from tfx import types
from tfx.types import artifact_utils, channel_utils, standard_artifacts

from components.data_gate.artifact import VERDICT, GateReport
from components.data_gate.checks.settings import GateSettings
from components.data_gate.component import DataGate
from components.data_gate.finding import Finding, Level
from components.data_gate.report import read_findings
from components.data_gate.slice_statistics import SLICES
from components.data_gate.wording import format_line
from components.drift_validator.component import DriftValidator
from components.history.artifact import ENTRY, FOUND, SCHEMA
from components.ingest.ledger.duplicates import Duplicates
from components.ingest.ledger.rows import SUMMARY_FILE, LedgerRow, Status, ledger_file
from components.ingest.ledger.summary import IngestSummary
from components.ingest.rejection import RejectedFile
from components.utkface_example_gen.artifact import Ledger
from pipeline.gate_inputs import (
    digest_schema,
    make_drift_validator,
    make_skew_validator,
    make_stats_options,
)
from pipeline.settings.config import PipelineConfig
from trainer.groups import AGE_BAND
from trainer.tasks import AGE

SCHEMA_FILE = PipelineConfig(data="unused").schema_file
DIGEST = digest_schema(SCHEMA_FILE)
_SHARES = {"train": 0.7, "eval": 0.1, "test": 0.2}
# TFDV names slices with the keys in this order.
_SLICES = [sorted(attribute.key for attribute in attributes) for attributes in SLICES]

Frames = Mapping[str, pd.DataFrame]


def split(frame: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Splits a table by its index: a row is always in the same split."""
    place = np.random.default_rng(9).random(1 + frame.index.max())[frame.index]
    ends = np.cumsum(list(_SHARES.values()))
    taken = np.minimum(np.searchsorted(ends, place, side="right"), len(_SHARES) - 1)
    return {name: frame[taken == number] for number, name in enumerate(_SHARES)}


def band(ages: pd.Series) -> list[str]:
    return [AGE_BAND.value_of(age) if 0 <= age <= AGE.maximum else "70+" for age in ages]


def statistics_of(frames: Frames, folder: Path) -> types.Artifact:
    """Writes statistics as StatisticsGen does, including slices."""
    artifact = standard_artifacts.ExampleStatistics()
    artifact.uri = str(folder)
    artifact.split_names = artifact_utils.encode_split_names(list(frames))
    for name, frame in frames.items():
        (folder / f"Split-{name}").mkdir(parents=True)
        # No check reads slices of the test split.
        found = _describe(frame, () if name == "test" else _SLICES)
        (folder / f"Split-{name}" / "FeatureStats.pb").write_bytes(found.SerializeToString())
    return artifact


@dataclass(frozen=True)
class Outcome:
    """Output of the gate.

    Attributes:
      report: artifact of the gate.
      findings: all findings, most severe first.
    """

    report: GateReport
    findings: list[Finding]

    @property
    def verdict(self) -> str:
        return self.report.get_string_custom_property(VERDICT)

    def about(self, check: str, level: Level = Level.STOP) -> list[tuple[str, str, str]]:
        """Returns the split, slice and feature of each finding of a check at a level."""
        return [
            (one.where, one.slice, one.feature)
            for one in self.findings
            if one.check == check and one.level is level
        ]

    def lines(self, level: Level = Level.STOP) -> list[str]:
        return [format_line(finding) for finding in self.findings if finding.level is level]


def gate(
    now: Frames,
    before: types.Artifact | None,
    folder: Path,
    *,
    schema_before: str = DIGEST,
    accepted_because: str = "",
    settings: GateSettings | None = None,
    rebalance: str = "none",
    rebalance_max_weight: float = 10.0,
    unknown: Sequence[str] = (),
    listed: int = 1000,
) -> Outcome:
    """Runs the validators and the gate on tables by split.

    Args:
      now: tables of this run.
      before: `statistics_of` the tables accepted last; None on a first run.
      folder: output folder.
      schema_before: digest of the schema under which `before` was accepted.
      accepted_because: reason for accepting a stop.
      settings: gate settings; the defaults if None.
      rebalance: `rebalance` setting of the trainer.
      rebalance_max_weight: `rebalance_max_weight` setting of the trainer.
      unknown: names of files quarantined because a label is out of range.
      listed: number of files listed.
    """
    limits = settings or GateSettings()
    statistics = statistics_of(now, folder / "now")
    baseline = before or standard_artifacts.ExampleStatistics()
    if before:
        baseline.set_string_custom_property(SCHEMA, schema_before)
        baseline.set_string_custom_property(ENTRY, "the last one")
    baseline.set_int_custom_property(FOUND, int(before is not None))
    channel = channel_utils.as_channel([statistics])
    drift = make_drift_validator(limits, channel, channel_utils.as_channel([baseline]))
    skew = make_skew_validator(limits, channel)
    report = GateReport()
    report.uri = str(folder / "report")
    (folder / "report").mkdir(parents=True)
    inputs = {
        "ledger": [_ledger(folder / "ledger", unknown, listed)],
        "statistics": [statistics],
        "baseline": [baseline],
        "anomalies": [_violations(statistics, folder / "anomalies")],
        "drift": [_measured(drift, statistics, baseline, folder / "drift")],
        "skew": [_measured(skew, statistics, statistics, folder / "skew")],
    }
    properties = {
        "settings": limits.model_dump_json(),
        "schema": DIGEST,
        "accepted_because": accepted_because,
        "rebalance": rebalance,
        "rebalance_max_weight": rebalance_max_weight,
    }
    DataGate.EXECUTOR_SPEC.executor_class().Do(inputs, {"report": [report]}, properties)
    return Outcome(report, read_findings(report.uri))


def _describe(
    frame: pd.DataFrame, slices: Sequence[list[str]]
) -> statistics_pb2.DatasetFeatureStatisticsList:
    found = statistics_pb2.DatasetFeatureStatisticsList()
    _add(found, "All Examples", frame)
    for keys in slices:
        for codes, part in frame.groupby(keys):
            named = zip(keys, codes if isinstance(codes, tuple) else (codes,), strict=True)
            _add(found, "_".join(f"{key}_{code}" for key, code in named), part)
    return found


def _add(
    found: statistics_pb2.DatasetFeatureStatisticsList, name: str, frame: pd.DataFrame
) -> None:
    if frame.empty:
        found.datasets.add(name=name)
        return
    options = tfdv.StatsOptions(schema=make_stats_options(SCHEMA_FILE).schema)
    one = tfdv.generate_statistics_from_dataframe(frame.reset_index(drop=True), options)
    dataset = found.datasets.add()
    dataset.CopyFrom(one.datasets[0])
    dataset.name = name


def _ledger(folder: Path, unknown: Sequence[str], listed: int) -> Ledger:
    ledger = Ledger()
    ledger.uri = str(folder)
    folder.mkdir(parents=True)
    reason = RejectedFile.LABEL_OUT_OF_RANGE
    rows = [
        LedgerRow(name=name, status=Status.QUARANTINED.value, reason=reason) for name in unknown
    ]
    (folder / ledger_file(0, 1)).write_text("".join(row.to_json() for row in rows))
    summary = IngestSummary(
        listed=listed,
        accepted=listed - len(rows),
        repaired=0,
        quarantined=len(rows),
        ignored=0,
        by_reason={reason: len(rows)},
        duplicates=Duplicates(0, 0, 0, 0, {}, 0, 0),
        distributions={},
        drawings=0,
        splits={},
    )
    (folder / SUMMARY_FILE).write_text(json.dumps(summary.to_dict()))
    return ledger


def _violations(statistics: types.Artifact, folder: Path) -> types.Artifact:
    schema = tfdv.load_schema_text(SCHEMA_FILE)
    artifact = standard_artifacts.ExampleAnomalies()
    artifact.uri, artifact.split_names = str(folder), statistics.split_names
    for name in artifact_utils.decode_split_names(statistics.split_names):
        (folder / f"Split-{name}").mkdir(parents=True)
        described = tfdv.load_stats_binary(f"{statistics.uri}/Split-{name}/FeatureStats.pb")
        found = tfdv.validate_statistics(described, schema)
        (folder / f"Split-{name}" / "SchemaDiff.pb").write_bytes(found.SerializeToString())
    return artifact


def _measured(
    validator: DriftValidator, statistics: types.Artifact, baseline: types.Artifact, folder: Path
) -> types.Artifact:
    artifact = standard_artifacts.ExampleAnomalies()
    artifact.uri = str(folder)
    folder.mkdir()
    validator.EXECUTOR_SPEC.executor_class().Do(
        {"statistics": [statistics], "baseline_statistics": [baseline]},
        {"anomalies": [artifact]},
        validator.exec_properties,
    )
    return artifact
