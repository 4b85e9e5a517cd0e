"""Reads what TFX's validators found."""

import itertools
from collections.abc import Iterator
from typing import NamedTuple

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2
from tfx import types
from tfx.dsl.io import fileio
from tfx.types import artifact_utils

from components.data_gate.finding import Finding, Range, SchemaViolation
from trainer import features

_FILE = "SchemaDiff.pb"


class Distance(NamedTuple):
    """How far a feature is from where it was, or from another split.

    Attributes:
      split: of this run.
      baseline_split: what it was compared with.
      feature: its name.
      value: L-infinity or Jensen-Shannon divergence, 0 (the same) to 1; None where there are
        no values to compare.
    """

    split: str
    baseline_split: str
    feature: str
    value: float | None


def find_violations(anomalies: types.Artifact) -> Iterator[Finding]:
    """Yields a finding for each anomaly that ExampleValidator found, by split and feature."""
    for split in sorted(artifact_utils.decode_split_names(anomalies.split_names)):
        found = _read(f"{artifact_utils.get_split_uri([anomalies], split)}/{_FILE}")
        if found.HasField("dataset_anomaly_info"):
            yield _violation(split, "", found.dataset_anomaly_info, None)
        allowed = {
            feature.name: _allowed(feature, found.baseline) for feature in found.baseline.feature
        }
        for name in sorted(found.anomaly_info):
            yield _violation(split, name, found.anomaly_info[name], allowed.get(name))


def read_distances(anomalies: types.Artifact) -> Iterator[Distance]:
    """Yields what a DriftValidator measured; nothing if it had no baseline."""
    # Without a baseline there are no pairs, and no names of them.
    pairs = artifact_utils.decode_split_names(anomalies.split_names or "[]")
    for split, baseline_split in itertools.product(features.SPLITS, repeat=2):
        if (pair := f"{split}_{baseline_split}") not in pairs:
            continue
        found = _read(f"{anomalies.uri}/SplitPair-{pair}/{_FILE}")
        for info in found.drift_skew_info:
            (feature,) = info.path.step
            for measured in (*info.drift_measurements, *info.skew_measurements):
                yield Distance(split, baseline_split, feature, measured.value)
        for name, info in found.anomaly_info.items():
            for reason in info.reason:
                if reason.type == anomalies_pb2.AnomalyInfo.STATS_NOT_AVAILABLE:
                    yield Distance(split, baseline_split, name, None)


def _read(path: str) -> anomalies_pb2.Anomalies:
    with fileio.open(path, "rb") as file:
        return anomalies_pb2.Anomalies.FromString(file.read())


def _allowed(
    feature: schema_pb2.Feature, schema: schema_pb2.Schema
) -> Range | tuple[str, ...] | None:
    """Returns which values of a feature the schema allows; None if it says nothing of them."""
    kind = feature.WhichOneof("domain_info")
    if kind in ("int_domain", "float_domain"):
        bounds = getattr(feature, kind)
        return Range(
            *(getattr(bounds, side) if bounds.HasField(side) else None for side in ("min", "max"))
        )
    if kind == "domain":
        return tuple(
            value
            for domain in schema.string_domain
            if domain.name == feature.domain
            for value in domain.value
        )
    return None


def _violation(
    split: str,
    feature: str,
    info: anomalies_pb2.AnomalyInfo,
    allowed: Range | tuple[str, ...] | None,
) -> Finding:
    return SchemaViolation(
        where=split,
        feature=feature,
        summary=info.short_description,
        description=info.description,
        allowed=allowed,
    )
