"""Runs that `utkface kubeflow` starts on a stand-in for open-source Kubeflow Pipelines."""

import hashlib
import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.fairness.judge.evaluator import slice_name
from pipeline.settings.config import PipelineConfig
from tests.kubeflow.cluster import Cluster
from tests.lanes import only_in
from trainer.tasks import GENDER, RACE, TASKS

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    only_in("current", "runs on Kubeflow, as the image has it, are tested"),
]

# Differs from the cluster's default, which applies to runs that set no pipeline root.
PIPELINE_ROOT = "minio://mlpipeline/of-this-project"


@dataclass(frozen=True)
class FinishedRun:
    """The artifacts that a run recorded and the logs of its steps."""

    run_id: str
    outputs: dict[str, dict[str, Any]]
    logs: dict[str, str]
    attempts: dict[str, int]
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


def finished(cluster: Cluster) -> FinishedRun:
    backend = cluster.backend
    return FinishedRun(
        backend.run_id, backend.outputs, backend.logs, backend.attempts, backend.bucket
    )


@pytest.fixture(scope="module")
def uploaded(cluster, faces, store, tmp_path_factory) -> Cluster:
    """A cluster with a pipeline on two spans of drawn faces."""
    folder = tmp_path_factory.mktemp("package")
    drawn = sorted(faces.iterdir())
    # File names sort by age; interleaving keeps the age distributions of the spans alike.
    thirds = [drawn[first::3] for first in range(3)]
    for span, files in {1: thirds[0] + thirds[1], 2: thirds[1] + thirds[2]}.items():
        (folder / f"span-{span}").mkdir()
        for path in files:
            shutil.copy(path, folder / f"span-{span}")
    settings = {
        "data": f"{folder}/span-{{SPAN}}",
        "window": 2,
        "thresholds": {"max_age_mae": 1000, "min_gender_accuracy": 0, "min_race_accuracy": 0},
        "fairness": {"min_examples": 1000000},
        # With so few faces, some groups are empty.
        "gate": {"train_cells": {"warn": 0, "stop": 0}},
        "trainer": {"architecture": "shared", "epochs": 1, "warm_start": "latest"},
        "kubeflow": {
            "pipeline_root": PIPELINE_ROOT,
            "schema_file": PipelineConfig(data="unused").schema_file,
            "env": {"AWS_ENDPOINT_URL": store.meta.endpoint_url},
            "webhook": {"name": "utkface-webhook", "key": "url"},
        },
    }
    (folder / "settings.yaml").write_text(yaml.safe_dump(settings))
    cluster.utkface("kubeflow", "create", "--config", folder / "settings.yaml")
    return cluster


@pytest.fixture(scope="module")
def first(uploaded) -> FinishedRun:
    parameters = ("span=1", "learning_rate=0.001", "epochs=2")
    given = [word for one in parameters for word in ("--parameter", one)]
    uploaded.utkface("kubeflow", "run", "create", "utkface", *given)
    assert uploaded.work_off() is None
    return finished(uploaded)


@pytest.fixture(scope="module")
def second(first, uploaded) -> FinishedRun:
    """A run in which one pod of Transform is killed."""
    uploaded.backend.lose("Transform", times=1)
    uploaded.utkface("kubeflow", "run", "create", "utkface")
    assert uploaded.work_off() is None
    return finished(uploaded)


@pytest.fixture(scope="module")
def failed(second, uploaded) -> tuple[Any, FinishedRun]:
    """A run on a missing data folder: its error and its outputs."""
    uploaded.utkface("kubeflow", "run", "create", "utkface", "--parameter", "data=/nowhere/faces")
    return uploaded.work_off(), finished(uploaded)


def keys(store: Any, prefix: str) -> list[str]:
    pages = store.get_paginator("list_objects_v2").paginate(Bucket="mlpipeline", Prefix=prefix)
    return [item["Key"] for page in pages for item in page.get("Contents", [])]


def test_each_run_ends_with_a_pushed_model(first, second, store):
    for run in (first, second):
        pushed = run.metadata("Pusher.pushed_model")
        assert pushed["pushed"] == 1
        destination = pushed["pushed_destination"]
        assert destination.startswith(f"{PIPELINE_ROOT}/utkface/serving/")
        folder = destination.removeprefix("minio://mlpipeline/")
        assert f"{folder}/saved_model.pb" in keys(store, folder)
        assert f"{folder}/manifest.json" in keys(store, folder)
    prefix = "of-this-project/utkface/serving/"
    names = {key.removeprefix(prefix).partition("/")[0] for key in keys(store, prefix)}
    assert names - {"latest"} == {
        run.metadata("Pusher.pushed_model")["pushed_version"] for run in (first, second)
    }


def test_every_listed_file_has_one_row_in_the_ledger(first, second, assert_all_accounted_for):
    for run in (first, second):
        assert_all_accounted_for(run.folder("UtkFaceExampleGen.ledger"))


def test_the_metrics_are_sliced(second):
    # Imported after tfx.components, which the module of slice_name loads: some releases of TFMA
    # otherwise lack EvalConfig.
    import tensorflow_model_analysis as tfma

    result = tfma.load_eval_result(str(second.folder("Evaluator.evaluation")))
    by_name = {
        slice_name(key): metrics[TASKS[0].output_key][""]["example_count"]["doubleValue"]
        for key, metrics in result.slicing_metrics
    }
    summary = json.loads((second.folder("UtkFaceExampleGen.ledger") / "summary.json").read_text())
    # The window also contains the examples of the previous span.
    assert by_name["all"] > summary["splits"]["test"]["examples"] > 0
    assert by_name["male"] + by_name["female"] == by_name["all"]


def test_a_run_uses_the_requested_span_or_the_newest(first, second):
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


def test_the_second_run_finds_the_history_of_the_first(first, second):
    found = second.metadata("HistoryLookup.model")
    recorded = first.metadata("ModelRecorder.record")
    assert found["found"] == 1
    assert found["history_entry"] == recorded["history_entry"]
    assert second.digests("HistoryLookup.model") == first.digests("Trainer.model")
    statistics = second.metadata("HistoryLookup.statistics")
    assert (statistics["found"], statistics["history_span"], statistics["newest_span"]) == (1, 1, 1)
    assert second.digests("HistoryLookup.statistics") == first.digests("StatisticsGen.statistics")


def test_the_second_run_starts_from_the_model_of_the_first(first, second):
    assert "The history has no blessed model yet." in first.logs["Trainer"]
    assert "warm_started_from" not in first.metadata("Trainer.model")
    entry = first.metadata("ModelRecorder.record")["history_entry"]
    found = second.metadata("HistoryLookup.training_state")
    assert (found["found"], found["history_entry"]) == (1, entry)
    state = second.digests("HistoryLookup.training_state")["model.keras"]
    assert state == first.digests("Trainer.model_run")["model.keras"]
    assert second.metadata("Trainer.model")["warm_started_from"] == entry
    assert (
        f"warm start from {entry}: optimizer state kept, learning rate 0.001"
        in (second.logs["Trainer"])
    )


def test_the_window_of_the_second_run_has_both_spans(first, second):
    """The history is in a store that TensorFlow cannot read."""
    for run, spans in ((first, ["1"]), (second, ["2", "1"])):
        entries = run.metadata("SpanWindow.window")["history_entry"]
        assert re.findall(r"-span(\d+)-", entries) == spans


def test_run_parameters_reach_the_training_and_have_defaults(first, second):
    assert "'learning_rate': 0.001" in first.logs["Trainer"]
    assert "'learning_rate': 0.002" in second.logs["Trainer"]
    assert "epoch 2 ended" in first.logs["Trainer"]
    assert "epoch 1 ended" in second.logs["Trainer"]
    assert "epoch 2 ended" not in second.logs["Trainer"]


def test_all_artifacts_are_in_the_pipeline_root_and_none_is_local(first, second):
    for run in (first, second):
        for name, artifact in run.outputs.items():
            assert artifact["uri"].startswith(f"{PIPELINE_ROOT}/utkface/{run.run_id}/"), name
            assert "staging" not in json.dumps(artifact["metadata"]), name
        current = run.metadata("Evaluator.blessing")["current_model"]
        assert current == run.outputs["Trainer.model"]["uri"]
        assert "artifacts go to" not in run.logs["Preflight"]


def test_both_blessings_name_the_model_by_its_id(first, second):
    for run in (first, second):
        ids = {
            step: run.metadata(f"{step}.blessing")["current_model_id"]
            for step in ("Evaluator", "FairnessReport")
        }
        assert ids == dict.fromkeys(ids, run.outputs["Trainer.model"]["name"])


def test_a_killed_pod_is_retried(first, second):
    assert (first.attempts["Transform"], second.attempts["Transform"]) == (1, 2)


def test_the_user_interface_gets_pages_metrics_and_confusion_matrices(second):
    kinds = {
        name: artifact["type"]
        for name, artifact in second.outputs.items()
        if artifact["type"].startswith("system.") and not name.endswith(".executor-logs")
    }
    assert kinds == {
        "DataGatePage.page": "system.HTML",
        "Preflight.stores": "system.Markdown",
        "Results.fairness_page": "system.HTML",
        "Results.gender_confusion": "system.ClassificationMetrics",
        "Results.metrics": "system.Metrics",
        "Results.model_card": "system.HTML",
        "Results.race_confusion": "system.ClassificationMetrics",
        "RunReport.report": "system.Markdown",
    }
    figures = json.loads((second.folder("FairnessReport.figures") / "figures.json").read_text())
    overall = figures["slices"][0]
    metrics = second.metadata("Results.metrics")
    assert metrics["age_mae"] == overall["measures"]["age_mae"]["value"]
    assert (metrics["examples"], metrics["blessed"]) == (overall["examples"], 1)
    for output, classes in (
        ("gender_confusion", GENDER.classes),
        ("race_confusion", RACE.classes),
    ):
        matrix = second.metadata(f"Results.{output}")["confusionMatrix"]["struct"]
        assert [one["displayName"] for one in matrix["annotationSpecs"]] == [*classes]
        assert [row["row"] for row in matrix["rows"]] == overall[output]
    for shown, (folder, file) in {
        "DataGatePage.page": ("DataGate.report", "findings.html"),
        "Results.fairness_page": ("FairnessReport.figures", "fairness.html"),
        "Results.model_card": ("ModelCard.card", "model_card.html"),
    }.items():
        assert second.folder(shown).read_bytes() == (second.folder(folder) / file).read_bytes()


def test_the_webhook_is_notified_of_each_run(first, second, failed, notified):
    _, run = failed
    pushed = [notice for notice in notified.got if notice["outcome"] == "pushed"]
    assert [(one["run"], one["span"], one["exit_code"]) for one in pushed] == [
        (first.run_id, 1, 0),
        (second.run_id, None, 0),
    ]
    destination = second.metadata("Pusher.pushed_model")["pushed_destination"]
    assert pushed[1]["pushed_to"] == destination
    measured = second.metadata("Results.metrics")["gender_accuracy"]
    assert pushed[1]["metrics"]["gender_accuracy"] == measured
    (notice,) = [one for one in notified.got if one["run"] == run.run_id]
    assert (notice["outcome"], notice["exit_code"]) == ("failed", 2)
    assert notice["message"].startswith(
        "UtkFaceExampleGen: Error: /nowhere/faces: expected a folder, a glob or a"
    )
    assert notice["data"] == ["/nowhere/faces"]


def test_a_failed_step_logs_and_reports_the_reason(failed):
    error, run = failed
    assert (error.task, error.returncode) == ("UtkFaceExampleGen", 2)
    last = error.log.splitlines()[-1]
    assert last.startswith("Error: /nowhere/faces: expected a folder, a glob or a .zip")
    assert run.attempts["UtkFaceExampleGen"] == 3
    report = run.folder("RunReport.report").read_text()
    assert report.startswith("# Failed\n\nUtkFaceExampleGen: Error: /nowhere/faces: ")
    assert "Results" not in run.logs


def test_run_records_are_deleted_at_the_end_of_a_run(failed, store):
    assert keys(store, "of-this-project/utkface/history/run_records/") == []


def test_a_run_without_a_pipeline_root_logs_the_default_it_uses(failed, uploaded):
    uploaded.utkface("kubeflow", "run", "create", "utkface", "--parameter", "data=/nowhere/faces")
    run = list(uploaded.server.api.runs.values())[-1]
    del run["runtime_config"]["pipeline_root"]
    assert uploaded.work_off().task == "UtkFaceExampleGen"
    assert (
        "artifacts go to minio://mlpipeline/v2/artifacts/utkface, not to "
        f"kubeflow.pipeline_root, {PIPELINE_ROOT}"
    ) in uploaded.backend.logs["Preflight"]


def test_an_unwritable_store_is_reported_before_any_other_step_runs(
    failed, uploaded, store, tmp_path
):
    (version,) = list(uploaded.server.api.versions.values())[-1:]
    text = json.dumps(version["pipeline_spec"]).replace("mlpipeline/of-this", "no-bucket/of-this")
    version["pipeline_spec"] = json.loads(text)
    uploaded.utkface("kubeflow", "run", "create", "utkface")
    error = uploaded.work_off()
    assert (error.task, error.returncode) == ("Preflight", 2)
    last = error.log.splitlines()[-1]
    assert last.startswith("Error: minio://no-bucket/of-this-project/utkface/history: expected")
    assert "kubeflow.secrets" in last
    assert "UtkFaceExampleGen" not in uploaded.backend.logs
