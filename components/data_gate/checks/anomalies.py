"""Reads the anomalies and distances that TFX's validators wrote."""

import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2
from tfx import types
from tfx.dsl.io import fileio
from tfx.types import artifact_utils

from components.data_gate.finding import Anomaly, Finding, Level
from trainer import features

_FILE = "SchemaDiff.pb"


class Distance(NamedTuple):
    """The distance of a feature from its baseline or from another split.

    Attributes:
      split: split of this run.
      baseline_split: split that it is compared with.
      feature: name of the feature.
      value: L-infinity distance or Jensen-Shannon divergence, 0 (equal) to 1; None without values
        to compare.
    """

    split: str
    baseline_split: str
    feature: str
    value: float | None


def find_violations(anomalies: types.Artifact) -> Iterator[Finding]:
    """Yields a finding for each anomaly of ExampleValidator, by split and feature."""
    for split in sorted(artifact_utils.decode_split_names(anomalies.split_names)):
        diff = _read(f"{artifact_utils.get_split_uri([anomalies], split)}/{_FILE}")
        if diff.HasField("dataset_anomaly_info"):
            info = diff.dataset_anomaly_info
            yield _violation(split, "", Anomaly(info.short_description, info.description))
        curated = {feature.name: feature for feature in diff.baseline.feature}
        for name, info in sorted(diff.anomaly_info.items()):
            allowed = _allowed(curated[name], diff.baseline) if name in curated else {}
            anomaly = Anomaly(info.short_description, info.description, **allowed)
            yield _violation(split, name, anomaly)


def read_distances(anomalies: types.Artifact) -> Iterator[Distance]:
    """Yields the distances that a DriftValidator measured; none without a baseline."""
    # Without a baseline, the artifact names no split pairs.
    pairs = artifact_utils.decode_split_names(anomalies.split_names or "[]")
    for split, baseline_split in itertools.product(features.SPLITS, repeat=2):
        if (pair := f"{split}_{baseline_split}") not in pairs:
            continue
        diff = _read(f"{anomalies.uri}/SplitPair-{pair}/{_FILE}")
        for info in diff.drift_skew_info:
            (feature,) = info.path.step
            for measured in (*info.drift_measurements, *info.skew_measurements):
                yield Distance(split, baseline_split, feature, measured.value)
        for name, info in diff.anomaly_info.items():
            for reason in info.reason:
                if reason.type == anomalies_pb2.AnomalyInfo.STATS_NOT_AVAILABLE:
                    yield Distance(split, baseline_split, name, None)


def _read(path: str) -> anomalies_pb2.Anomalies:
    with fileio.open(path, "rb") as file:
        return anomalies_pb2.Anomalies.FromString(file.read())


def _allowed(feature: schema_pb2.Feature, schema: schema_pb2.Schema) -> dict[str, Any]:
    """Returns the values that the schema allows, as arguments of Anomaly."""
    kind = feature.WhichOneof("domain_info")
    if kind in ("int_domain", "float_domain"):
        domain = getattr(feature, kind)
        ends = (getattr(domain, end) if domain.HasField(end) else None for end in ("min", "max"))
        return {"bounds": tuple(ends)}
    domains = (one.value for one in schema.string_domain if one.name == feature.domain)
    return {"values": tuple(itertools.chain(*domains))} if kind == "domain" else {}


def _violation(split: str, feature: str, anomaly: Anomaly) -> Finding:
    return Finding(level=Level.STOP, check="schema", where=split, feature=feature, facts=anomaly)
