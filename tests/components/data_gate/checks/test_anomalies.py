"""Anomalies from ExampleValidator: each anomaly of each split becomes a finding."""

import json
from pathlib import Path

import pytest
from tensorflow_metadata.proto.v0 import anomalies_pb2
from tfx.types import artifact_utils, standard_artifacts

from components.data_gate.checks.anomalies import find_violations, read_distances
from components.data_gate.finding import Level
from components.data_gate.wording import format_line

Found = dict[str, dict[str, tuple[str, str]]]


@pytest.fixture
def validated(tmp_path: Path):
    """Writes anomalies as ExampleValidator does: split -> feature -> short and long description."""

    def write(found: Found) -> standard_artifacts.ExampleAnomalies:
        artifact = standard_artifacts.ExampleAnomalies()
        artifact.uri = str(tmp_path)
        artifact.split_names = artifact_utils.encode_split_names(list(found))
        for split, by_feature in found.items():
            anomalies = anomalies_pb2.Anomalies()
            for feature, (short, long) in by_feature.items():
                info = (
                    anomalies.anomaly_info[feature] if feature else anomalies.dataset_anomaly_info
                )
                info.short_description, info.description = short, long
            folder = tmp_path / f"Split-{split}"
            folder.mkdir()
            (folder / "SchemaDiff.pb").write_bytes(anomalies.SerializeToString())
        return artifact

    return write


def lines(artifact: standard_artifacts.ExampleAnomalies) -> list[str]:
    found = list(find_violations(artifact))
    assert all(finding.level is Level.STOP for finding in found)
    return [format_line(finding) for finding in found]


RACE = ("Unexpected values", "Examples contain values outside the domain: 7 (~1%). ")
AGE = ("Out-of-range values", "Unexpectedly high value: 130.\n")


def test_splits_without_anomalies_have_no_findings(validated) -> None:
    assert lines(validated({"train": {}, "eval": {}})) == []


def test_a_line_names_the_split_the_feature_and_both_descriptions(validated) -> None:
    assert lines(validated({"train": {}, "eval": {"age": AGE}})) == [
        "eval: age: Out-of-range values: Unexpectedly high value: 130."
    ]


def test_lines_are_sorted_by_split_then_feature(validated) -> None:
    found = find_violations(
        validated({"train": {"race": RACE, "age": AGE}, "eval": {"race": RACE}})
    )
    assert [(one.where, one.feature) for one in found] == [
        ("eval", "race"),
        ("train", "age"),
        ("train", "race"),
    ]


def test_anomalies_of_a_whole_split_precede_anomalies_of_its_features(validated) -> None:
    few = ("Low num examples", "The dataset has 3 examples, fewer than expected.")
    assert lines(validated({"test": {"": few, "age": AGE}})) == [
        "test: Low num examples: The dataset has 3 examples, fewer than expected.",
        "test: age: Out-of-range values: Unexpectedly high value: 130.",
    ]


def test_a_split_without_its_anomalies_file_raises_an_error(validated) -> None:
    artifact = validated({"train": {}})
    artifact.split_names = artifact_utils.encode_split_names(["train", "eval"])
    with pytest.raises(Exception, match=r"Split-eval/SchemaDiff\.pb"):
        lines(artifact)


def test_a_finding_has_the_values_that_the_schema_allows(tmp_path: Path) -> None:
    anomalies = anomalies_pb2.Anomalies()
    for feature in ("age", "brightness", "other", "race", "width"):
        anomalies.anomaly_info[feature].short_description = "Wrong"
    schema = anomalies.baseline
    schema.feature.add(name="age").int_domain.max = 116
    schema.feature.add(name="brightness").float_domain.min = 0.5
    schema.feature.add(name="race", domain="races")
    schema.feature.add(name="width")
    schema.string_domain.add(name="genders", value=["male", "female"])
    schema.string_domain.add(name="races", value=["White", "Black"])
    (tmp_path / "Split-eval").mkdir()
    (tmp_path / "Split-eval" / "SchemaDiff.pb").write_bytes(anomalies.SerializeToString())
    artifact = standard_artifacts.ExampleAnomalies()
    artifact.uri, artifact.split_names = str(tmp_path), '["eval"]'
    facts = {found.feature: found.facts for found in find_violations(artifact)}
    assert {name: (found.bounds, found.values) for name, found in facts.items()} == {
        "age": ((None, 116), ()),
        "brightness": ((0.5, None), ()),
        "other": (None, ()),
        "race": (None, ("White", "Black")),
        "width": (None, ()),
    }


def test_distances_are_read_in_the_order_of_the_splits(tmp_path: Path) -> None:
    pairs = {"test_train": [("age", 0.25)], "train_eval": [("race", 0.5), ("gender", 0.125)]}
    for pair, distances in pairs.items():
        anomalies = anomalies_pb2.Anomalies()
        for feature, value in distances:
            info = anomalies.drift_skew_info.add()
            info.path.step.append(feature)
            kind = info.skew_measurements if feature == "race" else info.drift_measurements
            kind.add(value=value)
        reasons = anomalies.anomaly_info["width"].reason
        reasons.add(type=anomalies_pb2.AnomalyInfo.COMPARATOR_L_INFTY_HIGH)
        reasons.add(type=anomalies_pb2.AnomalyInfo.COMPARATOR_CONTROL_DATA_MISSING)
        reasons.add(type=anomalies_pb2.AnomalyInfo.STATS_NOT_AVAILABLE)
        folder = tmp_path / f"SplitPair-{pair}"
        folder.mkdir()
        (folder / "SchemaDiff.pb").write_bytes(anomalies.SerializeToString())
    artifact = standard_artifacts.ExampleAnomalies()
    artifact.uri, artifact.split_names = str(tmp_path), json.dumps(list(pairs))
    assert list(read_distances(artifact)) == [
        ("train", "eval", "race", 0.5),
        ("train", "eval", "gender", 0.125),
        ("train", "eval", "width", None),
        ("test", "train", "age", 0.25),
        ("test", "train", "width", None),
    ]


def test_there_are_no_distances_without_a_baseline(tmp_path: Path) -> None:
    artifact = standard_artifacts.ExampleAnomalies()
    artifact.uri = str(tmp_path)
    assert list(read_distances(artifact)) == []
