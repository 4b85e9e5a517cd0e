"""A compiled package runs on the stand-in for open-source Kubeflow Pipelines, twice."""

import hashlib
import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import PipelineConfig, load_config
from pipeline.kubeflow.runner import compile_pipeline
from pipeline.slice_metrics import read_slice_metrics

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

PIPELINE_ROOT = "minio://mlpipeline/v2/artifacts"
LOOSE = "thresholds={max_age_mae: 1000, min_gender_accuracy: 0, min_race_accuracy: 0}"


@dataclass(frozen=True)
class FinishedRun:
    """What a run recorded and what its steps wrote."""

    outputs: dict[str, dict[str, Any]]
    logs: dict[str, str]
    bucket: Path

    def metadata(self, output: str) -> dict[str, Any]:
        return self.outputs[output]["metadata"]

    def folder(self, output: str) -> Path:
        return self.bucket / self.outputs[output]["uri"].removeprefix("minio://")

    def digests(self, output: str) -> dict[str, str]:
        folder = self.folder(output)
        return {
            str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in folder.rglob("*")
            if path.is_file()
        }


@pytest.fixture(scope="module")
def package(faces, store, tmp_path_factory) -> Path:
    """The package of a pipeline on two spans of drawn faces."""
    folder = tmp_path_factory.mktemp("package")
    drawn = sorted(faces.iterdir())
    # By name they are sorted by age, and the gate would see the difference.
    thirds = [drawn[first::3] for first in range(3)]
    for span, files in {1: thirds[0] + thirds[1], 2: thirds[1] + thirds[2]}.items():
        (folder / f"span-{span}").mkdir()
        for path in files:
            shutil.copy(path, folder / f"span-{span}")
    config = load_config(
        data=f"{folder}/span-{{SPAN}}",
        overrides=[
            LOOSE,
            "fairness.min_examples=1000000",
            # Some of the few faces' groups are empty.
            "gate.train_cells={warn: 0, stop: 0}",
            "trainer.architecture=shared",
            "trainer.epochs=1",
            "trainer.warm_start=latest",
            "window=2",
            f"kubeflow.schema_file={PipelineConfig(data='unused').schema_file}",
            f"kubeflow.env={{AWS_ENDPOINT_URL: {store.meta.endpoint_url}}}",
        ],
    )
    compile_pipeline(config, folder / "pipeline.yaml")
    return folder / "pipeline.yaml"


@pytest.fixture(scope="module")
def first(open_backend, package) -> FinishedRun:
    open_backend.run(package, {"span": 1, "learning_rate": 0.001, "epochs": 2})
    return FinishedRun(open_backend.outputs, open_backend.logs, open_backend.bucket)


@pytest.fixture(scope="module")
def second(first, open_backend, package) -> FinishedRun:
    """Without the defaults that the backend would fill in, all but the image, which is its own."""
    open_backend.run(package, {"image": "registry/utkface-tfx:test"}, defaults=False)
    return FinishedRun(open_backend.outputs, open_backend.logs, open_backend.bucket)


def keys(store: Any, prefix: str) -> list[str]:
    pages = store.get_paginator("list_objects_v2").paginate(Bucket="mlpipeline", Prefix=prefix)
    return [item["Key"] for page in pages for item in page.get("Contents", [])]


def test_each_run_ends_in_a_pushed_model(first, second, store):
    for run in (first, second):
        pushed = run.metadata("Pusher.pushed_model")
        assert pushed["pushed"] == 1
        destination = pushed["pushed_destination"]
        assert destination.startswith(f"{PIPELINE_ROOT}/utkface/serving/")
        folder = destination.removeprefix("minio://mlpipeline/")
        assert f"{folder}/saved_model.pb" in keys(store, folder)
    versions = {key.split("/")[4] for key in keys(store, "v2/artifacts/utkface/serving/")}
    assert len(versions) == 2


def test_every_listed_file_has_one_row_in_the_ledger(first, second, assert_all_accounted_for):
    for run in (first, second):
        assert_all_accounted_for(run.folder("UtkFaceExampleGen.ledger"))


def test_the_metrics_are_sliced(second):
    slices = read_slice_metrics(str(second.folder("Evaluator.evaluation")))
    by_name = {row.name: row.examples for row in slices}
    summary = json.loads((second.folder("UtkFaceExampleGen.ledger") / "summary.json").read_text())
    # Those of the span before are in the window too.
    assert by_name["all"] > summary["splits"]["test"]["examples"] > 0
    assert by_name["male"] + by_name["female"] == by_name["all"]


def test_a_span_can_be_asked_for_and_the_newest_is_taken_otherwise(first, second):
    assert [run.metadata("UtkFaceExampleGen.examples")["span"] for run in (first, second)] == [1, 2]
    assert "span-1" in first.logs["UtkFaceExampleGen"]
    for run in (first, second):
        fingerprint = run.metadata("UtkFaceExampleGen.examples")["input_fingerprint"]
        assert fingerprint.startswith("split:source1,num_files:1,")


def test_the_first_run_has_no_history(first):
    assert first.metadata("HistoryLookup.model")["found"] == 0
    statistics = first.metadata("HistoryLookup.statistics")
    assert (statistics["found"], statistics["newest_span"]) == (0, -1)
    assert first.digests("HistoryLookup.model") == {}


def test_the_second_run_finds_what_the_first_left(first, second):
    found = second.metadata("HistoryLookup.model")
    recorded = first.metadata("ModelRecorder.record")
    assert found["found"] == 1
    assert found["history_entry"] == recorded["history_entry"]
    assert second.digests("HistoryLookup.model") == first.digests("Trainer.model")
    statistics = second.metadata("HistoryLookup.statistics")
    assert (statistics["found"], statistics["history_span"], statistics["newest_span"]) == (1, 1, 1)
    assert second.digests("HistoryLookup.statistics") == first.digests("StatisticsGen.statistics")


def test_the_second_run_begins_with_the_model_of_the_first(first, second):
    assert "There is no blessed model in the history yet." in first.logs["Trainer"]
    assert "warm_started_from" not in first.metadata("Trainer.model")
    entry = first.metadata("ModelRecorder.record")["history_entry"]
    found = second.metadata("HistoryLookup.training_state")
    assert (found["found"], found["history_entry"]) == (1, entry)
    state = second.digests("HistoryLookup.training_state")["model.keras"]
    assert state == first.digests("Trainer.model_run")["model.keras"]
    assert second.metadata("Trainer.model")["warm_started_from"] == entry
    assert (
        f"warm start from {entry}: the optimizer goes on, learning rate 0.001"
        in (second.logs["Trainer"])
    )


def test_the_second_run_is_on_the_window_of_both_spans(first, second):
    """The history lies where TensorFlow cannot read."""
    for run, spans in ((first, ["1"]), (second, ["2", "1"])):
        entries = run.metadata("SpanWindow.window")["history_entry"]
        assert re.findall(r"-span(\d+)-", entries) == spans


def test_parameters_of_a_run_reach_the_training_and_have_defaults(first, second):
    assert "'learning_rate': 0.001" in first.logs["Trainer"]
    assert "'learning_rate': 0.002" in second.logs["Trainer"]
    assert "epoch 2 ended" in first.logs["Trainer"]
    assert "epoch 1 ended" in second.logs["Trainer"]
    assert "epoch 2 ended" not in second.logs["Trainer"]


def test_what_is_recorded_names_no_local_copy(first, second):
    for run in (first, second):
        for name, artifact in run.outputs.items():
            assert artifact["uri"].startswith(PIPELINE_ROOT)
            assert "staging" not in json.dumps(artifact["metadata"]), name
        current = run.metadata("Evaluator.blessing")["current_model"]
        assert current == run.outputs["Trainer.model"]["uri"]


def test_a_step_that_cannot_go_on_says_why(open_backend, package):
    with pytest.raises(RuntimeError) as caught:
        open_backend.run(package, {"data": "/nowhere/faces"})
    assert (caught.value.task, caught.value.returncode) == ("UtkFaceExampleGen", 2)
    last = caught.value.log.splitlines()[-1]
    assert last.startswith("Error: /nowhere/faces: expected a folder, a glob or a .tar")
