"""Anomalies from ExampleValidator: each anomaly of each split becomes a finding."""

from pathlib import Path

import pytest
from tensorflow_metadata.proto.v0 import anomalies_pb2
from tfx.types import artifact_utils, standard_artifacts

from components.data_gate.checks.anomalies import find_violations
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
