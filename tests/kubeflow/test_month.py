"""A month of scheduled runs on the stand-in for open-source Kubeflow Pipelines."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import PipelineConfig, load_config
from pipeline.kubeflow.runner import compile_retraining
from tests import month as months
from tests.kubeflow.open_backend import StepError
from tests.lanes import only_in
from tests.month import EMPTY, LATE, MEASURED, POISONED, PUSHED, WORSE, Month

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    # That of the image.
    only_in("current", "a month on Kubeflow is tested"),
]


@dataclass(frozen=True)
class Week:
    """What a scheduled run came to.

    Attributes:
      outputs: the artifacts by "TASK.OUTPUT".
      logs: what each task wrote.
      failed: the task that failed, if one did.
      served: how many models there are after it.
    """

    outputs: dict[str, dict[str, Any]]
    logs: dict[str, str]
    failed: str | None
    served: int

    @property
    def choice(self) -> list[str]:
        return self.logs["SpanChoice"].splitlines()


@pytest.fixture(scope="module")
def package(store, tmp_path_factory) -> tuple[Path, Month]:
    folder = tmp_path_factory.mktemp("month")
    faces = Month(folder / "faces")
    config = load_config(
        data=faces.data,
        **faces.settings,
        kubeflow={
            "schema_file": PipelineConfig(data="unused").schema_file,
            "env": {"AWS_ENDPOINT_URL": store.meta.endpoint_url},
        },
    )
    compile_retraining(config, folder / "pipeline.yaml")
    return folder / "pipeline.yaml", faces


@pytest.fixture(scope="module")
def weeks(open_backend, package, store) -> dict[int, Week]:
    """A run a span, and one at the end for which there is nothing new."""
    path, faces = package
    found = {}
    for span in (*months.SPANS, months.SPANS[-1] + 1):
        if span in months.SPANS:
            faces.arrive(span)
        if span == WORSE:
            faces.finish(LATE)
        failed = None
        try:
            open_backend.run(path, {})
        except StepError as error:
            failed = error.task
        listed = store.list_objects_v2(
            Bucket="mlpipeline", Prefix="v2/artifacts/utkface/serving/", Delimiter="/"
        )
        served = len(listed.get("CommonPrefixes", []))
        found[span] = Week(open_backend.outputs, open_backend.logs, failed, served)
    return found


def test_what_is_good_is_pushed_and_nothing_else(weeks):
    assert {span: week.failed for span, week in weeks.items() if week.failed} == {
        POISONED: "GateKeeper"
    }
    pushed = [
        span
        for span, week in weeks.items()
        if "Pusher.pushed_model" in week.outputs
        and week.outputs["Pusher.pushed_model"]["metadata"]["pushed"] == 1
    ]
    assert tuple(pushed) == PUSHED
    assert [week.served for week in weeks.values()] == [1, 1, 2, 2, 2, 3, 4, 4, 4]
    reasons = weeks[WORSE].logs["FairnessReport"]
    assert "gender binary accuracy: expected at least 0.7; found 0." in reasons


def test_a_run_that_finds_nothing_new_ends_after_its_first_step(weeks):
    for span in (EMPTY, LATE, WORSE + 1):
        assert set(weeks[span].logs) == {"SpanChoice"}
    assert weeks[EMPTY].choice == [
        "nothing new to train on: span 3 was run: a schedule took it; "
        f"span {EMPTY} is empty, and passed over"
    ]
    assert f"; span {LATE} is not whole yet: " in weeks[LATE].choice[0]
    late = (
        f"span {LATE} and 1 before it came late or were passed over: a run with the parameter "
        f"span={LATE} takes one"
    )
    assert weeks[WORSE].choice == [late, f"takes span {WORSE}"]
    assert weeks[WORSE + 1].choice == [
        f"nothing new to train on: span {WORSE} was run: a schedule took it; {late}"
    ]


def test_each_training_begins_with_the_model_blessed_before(weeks):
    before = dict(zip(PUSHED[1:], PUSHED, strict=False)) | {WORSE: PUSHED[-1]}
    for span, expected in before.items():
        warm = re.search(r"warm start from \S+-span(\d+)-", weeks[span].logs["Trainer"])
        assert warm and int(warm[1]) == expected


def test_models_are_trained_on_two_spans_and_none_that_the_gate_stopped(weeks):
    windows = {
        span: re.findall(
            r"-span(\d+)-", weeks[span].outputs["SpanWindow.window"]["metadata"]["history_entry"]
        )
        for span in MEASURED
    }
    expected = {1: "1", 3: "31", 6: "63", 7: "76", WORSE: f"{WORSE}7"}
    assert {span: "".join(found) for span, found in windows.items()} == expected


def test_the_report_tells_the_trend(weeks, open_backend):
    uri = weeks[WORSE].outputs["FairnessReport.figures"]["uri"]
    figures = json.loads((open_backend.path_of(uri) / "figures.json").read_text())
    trend = [(one["span"], one["blessed"]) for one in figures["trend"]]
    assert trend == [(span, span in PUSHED) for span in MEASURED]
    assert f"-span{PUSHED[-1]}-" in figures["verdict"]["blessed_before"]


def test_a_late_span_is_taken_if_asked_for(weeks, open_backend, package):
    """It leads the window then, whatever came after it."""
    path, _ = package
    open_backend.run(path, {"span": LATE, "epochs": 1})
    assert open_backend.logs["SpanChoice"].splitlines() == [f"takes span {LATE}"]
    assert open_backend.outputs["UtkFaceExampleGen.examples"]["metadata"]["span"] == LATE
