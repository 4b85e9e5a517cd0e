"""The gate: a line for each anomaly of each split, and an error that lists them all."""

from pathlib import Path

import pytest
from tensorflow_metadata.proto.v0 import anomalies_pb2
from tfx.types import artifact_utils, standard_artifacts

from components.data_gate.component import DataGate, find_anomalies
from components.errors import DataGateError

Found = dict[str, dict[str, tuple[str, str]]]


@pytest.fixture
def validated(tmp_path: Path):
    """Writes what ExampleValidator would: by split, by feature, a short and a long description."""

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


def gate(artifact: standard_artifacts.ExampleAnomalies) -> None:
    """Runs the component's executor as TFX does."""
    DataGate.EXECUTOR_SPEC.executor_class().Do({"anomalies": [artifact]}, {}, {})


RACE = ("Unexpected values", "Examples contain values outside the domain: 7 (~1%). ")
AGE = ("Out-of-range values", "Unexpectedly high value: 130.\n")


def test_clean_splits_give_no_line_and_let_the_run_go_on(validated) -> None:
    artifact = validated({"train": {}, "eval": {}})
    assert find_anomalies(artifact) == []
    gate(artifact)


def test_a_line_names_the_split_the_feature_and_both_descriptions(validated) -> None:
    assert find_anomalies(validated({"train": {}, "eval": {"age": AGE}})) == [
        "eval: age: Out-of-range values: Unexpectedly high value: 130."
    ]


def test_lines_are_sorted_by_split_then_feature(validated) -> None:
    lines = find_anomalies(validated({"train": {"race": RACE, "age": AGE}, "eval": {"race": RACE}}))
    assert [line.split(": ")[:2] for line in lines] == [
        ["eval", "race"],
        ["train", "age"],
        ["train", "race"],
    ]


def test_an_anomaly_of_the_whole_split_comes_before_those_of_its_features(validated) -> None:
    few = ("Low num examples", "The dataset has 3 examples, fewer than expected.")
    assert find_anomalies(validated({"test": {"": few, "age": AGE}})) == [
        "test: the whole split: Low num examples: The dataset has 3 examples, fewer than expected.",
        "test: age: Out-of-range values: Unexpectedly high value: 130.",
    ]


def test_the_run_is_stopped_with_every_line(validated) -> None:
    artifact = validated({"train": {"age": AGE}, "eval": {"race": RACE}, "test": {}})
    with pytest.raises(DataGateError) as caught:
        gate(artifact)
    assert str(caught.value) == (
        "The data is not what the schema allows:\n"
        "eval: race: Unexpected values: Examples contain values outside the domain: 7 (~1%).\n"
        "train: age: Out-of-range values: Unexpectedly high value: 130."
    )


def test_a_split_without_its_anomalies_file_does_not_pass_for_clean(validated) -> None:
    artifact = validated({"train": {}})
    artifact.split_names = artifact_utils.encode_split_names(["train", "eval"])
    with pytest.raises(Exception, match=r"Split-eval/SchemaDiff\.pb"):
        gate(artifact)
