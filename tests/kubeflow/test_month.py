"""A month of scheduled runs on the stand-in for open-source Kubeflow Pipelines."""

import json
import re
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from pipeline.settings.config import PipelineConfig
from tests import month as months
from tests.lanes import only_in
from tests.month import EMPTY, LATE, MEASURED, POISONED, PUSHED, WORSE, Month

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    # That of the image.
    only_in("current", "a month on Kubeflow is tested"),
]


ROOT = "retraining"
# A span whose first run fails.
BROKEN = 6


@dataclass(frozen=True)
class Week:
    """What a scheduled run came to.

    Attributes:
      run_id: of the run.
      outputs: the artifacts by "TASK.OUTPUT".
      logs: what each task wrote.
      failed: the task that failed, if one did.
      served: how many models there are after it.
    """

    run_id: str
    outputs: dict[str, dict[str, Any]]
    logs: dict[str, str]
    failed: str | None
    served: int

    @property
    def choice(self) -> list[str]:
        """Without what the step says of the places it writes to."""
        lines = self.logs["SpanChoice"].splitlines()
        return [line for line in lines if not line.startswith("writable: ")]


@pytest.fixture(scope="module")
def scheduled(cluster, store, tmp_path_factory) -> Month:
    """The data of a month, and a schedule that `utkface schedule` has made."""
    folder = tmp_path_factory.mktemp("month")
    faces = Month(folder / "faces")
    settings = {
        "data": faces.data,
        **faces.settings,
        "kubeflow": {
            "pipeline_root": f"minio://mlpipeline/{ROOT}",
            "schema_file": PipelineConfig(data="unused").schema_file,
            "env": {"AWS_ENDPOINT_URL": store.meta.endpoint_url},
            "webhook": {"name": "utkface-webhook", "key": "url"},
        },
    }
    (folder / "settings.yaml").write_text(yaml.safe_dump(settings))
    words = ("--engine", "kubeflow", "--config", folder / "settings.yaml", "--cron", "0 3 * * 1")
    cluster.utkface("schedule", "create", *words)
    return faces


@pytest.fixture(scope="module")
def weeks(cluster, scheduled, store) -> dict[int, Week]:
    """A run a span, and one at the end for which there is nothing new.

    Of span BROKEN, the first run fails for a reason that has nothing to do with it.
    """
    found = {}
    for span in (*months.SPANS, months.SPANS[-1] + 1):
        if span in months.SPANS:
            scheduled.arrive(span)
        if span == WORSE:
            scheduled.finish(LATE)
        if span == BROKEN:
            cluster.backend.lose("Transform", times=3)
            found[-span] = week_of(cluster, cluster.fire(), store)
        found[span] = week_of(cluster, cluster.fire(), store)
    return found


def week_of(cluster, error, store) -> Week:
    backend = cluster.backend
    listed = store.list_objects_v2(
        Bucket="mlpipeline", Prefix=f"{ROOT}/utkface/serving/", Delimiter="/"
    )
    return Week(
        backend.run_id,
        backend.outputs,
        backend.logs,
        error.task if error else None,
        len(listed.get("CommonPrefixes", [])),
    )


def test_what_is_good_is_pushed_and_nothing_else(weeks):
    assert {span: week.failed for span, week in weeks.items() if week.failed} == {
        POISONED: "GateKeeper",
        -BROKEN: "Transform",
    }
    pushed = [
        span
        for span, week in weeks.items()
        if "Pusher.pushed_model" in week.outputs
        and week.outputs["Pusher.pushed_model"]["metadata"]["pushed"] == 1
    ]
    assert tuple(pushed) == PUSHED
    assert [week.served for week in weeks.values()] == [1, 1, 2, 2, 2, 2, 3, 3, 3]
    reasons = weeks[WORSE].logs["FairnessReport"]
    assert "gender binary accuracy: expected at least 0.7; found 0." in reasons


def test_a_run_that_finds_nothing_new_ends_after_its_first_step(weeks):
    for span in (EMPTY, LATE, WORSE + 1):
        assert set(weeks[span].logs) == {"SpanChoice", "RunReport"}
    assert weeks[EMPTY].choice == [
        "nothing new to train on: span 3 was run: a schedule took it; "
        f"span {EMPTY} is empty and skipped"
    ]
    assert f"; span {LATE} is not complete yet: " in weeks[LATE].choice[0]
    late = (
        f"span {LATE} and 1 earlier span arrived late or were skipped: a run with the parameter "
        f"span={LATE} trains on the newest of them"
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
    expected = {1: "1", 3: "31", 6: "63", WORSE: f"{WORSE}6"}
    assert {span: "".join(found) for span, found in windows.items()} == expected


def test_the_report_tells_the_trend(weeks, cluster):
    uri = weeks[WORSE].outputs["FairnessReport.figures"]["uri"]
    figures = json.loads((cluster.backend.path_of(uri) / "figures.json").read_text())
    trend = [(one["span"], one["blessed"]) for one in figures["trend"]]
    assert trend == [(span, span in PUSHED) for span in MEASURED]
    assert f"-span{PUSHED[-1]}-" in figures["verdict"]["blessed_before"]


def test_a_span_whose_run_failed_is_taken_by_the_next_one(weeks):
    broken, mended = weeks[-BROKEN], weeks[BROKEN]
    assert broken.choice[-1] == mended.choice[-1] == f"takes span {BROKEN}"
    assert "Trainer" not in broken.logs and "Trainer" in mended.logs


def test_who_is_to_know_is_notified_unless_there_is_nothing_new(weeks, notified):
    outcomes = {notice["run"]: notice for notice in notified.got}
    found = {
        span: (outcomes[week.run_id]["outcome"], outcomes[week.run_id]["span"])
        for span, week in weeks.items()
        if week.run_id in outcomes
    }
    assert found == {
        **{span: ("pushed", span) for span in PUSHED},
        POISONED: ("stopped by the data gate", POISONED),
        -BROKEN: ("failed", BROKEN),
        WORSE: ("not blessed", WORSE),
    }
    assert outcomes[weeks[-BROKEN].run_id]["message"].startswith("A step ended without a message")
    assert outcomes[weeks[POISONED].run_id]["message"].startswith("Stopped by the data gate.")
    assert any("gender" in one for one in outcomes[weeks[WORSE].run_id]["reasons"])


def test_the_gates_page_is_shown_of_a_run_that_the_gate_stops(weeks, cluster):
    shown = weeks[POISONED].outputs["DataGatePage.page"]
    assert shown["type"] == "system.HTML"
    assert "<html" in cluster.backend.path_of(shown["uri"]).read_text()


def test_a_late_span_is_taken_if_asked_for(weeks, cluster):
    """It leads the window then, whatever came after it."""
    given = [f"span={LATE}", "epochs=1"]
    words = [word for one in given for word in ("--parameter", one)]
    cluster.utkface("kubeflow", "run", "create", "utkface-retraining", *words)
    assert cluster.work_off() is None
    backend = cluster.backend
    assert backend.logs["SpanChoice"].splitlines()[-1] == f"takes span {LATE}"
    assert backend.outputs["UtkFaceExampleGen.examples"]["metadata"]["span"] == LATE
