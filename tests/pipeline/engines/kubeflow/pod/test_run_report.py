"""The last step of a run: what it makes of what the others recorded."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.history.registry import TAKEN_SPAN, History
from pipeline.console.exit_codes import ExitCode
from pipeline.engines.kubeflow.pod.run_records import Outcome, RunRecords, SpanChoice
from pipeline.engines.kubeflow.pod.run_report import read_ending, record_span
from pipeline.settings.notify import NotifySettings
from tests.pipeline.engines.kubeflow.native import RUN, NativeRun
from tests.webhooks import Receiver, receiving

PUSHED = Outcome(blessed=True, metrics={"age_mae": 5.5}, pushed_to="gs://b/serving/1")
MISSED = Outcome(blessed=False, reasons=("female: too low", "all: too low"))


@pytest.fixture
def records(tmp_path: Path) -> RunRecords:
    return RunRecords(str(tmp_path / "history" / "run_records"), RUN)


def test_a_run_that_came_to_its_end_is_what_it_amounts_to(records):
    records.record_outcome(PUSHED)
    assert records.outcome() == PUSHED
    ending = read_ending(records)
    assert (ending.code, ending.message, ending.outcome) == (ExitCode.PUSHED, "", PUSHED)
    records.record_outcome(MISSED)
    assert read_ending(records).code is ExitCode.NOT_BLESSED


def test_of_failures_the_first_one_counts(records):
    records.record_failure("Evaluator", 1, "Failed: KeyError: x")
    time.sleep(0.01)
    records.record_failure("DistributionPlots", 2, "Error: y")
    ending = read_ending(records)
    assert (ending.code, ending.message) == (ExitCode.FAILED, "Evaluator: Failed: KeyError: x")


def test_the_data_gate_is_the_reason_whatever_else_failed(records):
    records.record_failure("DistributionPlots", 1, "Failed: x")
    records.record_failure("GateKeeper", 4, "Stopped by the data gate. age: moved")
    ending = read_ending(records)
    assert ending.code is ExitCode.STOPPED_BY_DATA_GATE
    assert ending.message == "Stopped by the data gate. age: moved"


def test_an_exit_code_that_is_none_of_ours_is_a_failure(records):
    records.record_failure("Trainer", 137, "killed")
    assert read_ending(records).code is ExitCode.FAILED


def test_a_run_that_ended_without_a_word_has_failed(records):
    ending = read_ending(records)
    assert ending.code is ExitCode.FAILED
    assert ending.message.startswith("A step ended without a message: it was evicted")


@pytest.mark.parametrize(
    ("prepare", "taken"),
    [
        (lambda records: records.record_outcome(PUSHED), [7]),
        (lambda records: records.record_outcome(MISSED), [7]),
        (lambda records: records.record_failure("GateKeeper", 4, "Stopped"), [7]),
        (lambda records: records.record_failure("Trainer", 1, "Failed"), []),
        (lambda records: records.record_failure("UtkFaceExampleGen", 2, "Error"), []),
        (lambda records: None, []),
    ],
    ids=["pushed", "not blessed", "gate", "failed", "bad input", "killed"],
)
def test_a_span_is_taken_unless_the_run_failed(records, prepare, taken, tmp_path):
    history = History(str(tmp_path / "history"))
    records.record_choice(SpanChoice(7, ("takes span 7",)))
    prepare(records)
    record_span(read_ending(records), history)
    assert [entry.span for entry in history.entries(TAKEN_SPAN)] == taken


def test_a_run_that_is_not_scheduled_takes_no_span(records, tmp_path):
    history = History(str(tmp_path / "history"))
    records.record_outcome(PUSHED)
    record_span(read_ending(records), history)
    assert list(history.entries(TAKEN_SPAN)) == []


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as server:
        yield server


def report(folder: Path, **environment: str):
    step = NativeRun(folder, "pipeline.engines.kubeflow.pod.run_report")
    notify = NotifySettings(attempts=1, timeout_seconds=2).model_dump_json(exclude={"webhook"})
    ended = step.run(
        *("--pipeline", "faces", "--root", "gs://b/root", "--history", folder / "history"),
        *("--notify", notify),
        parameters={"data": "gs://b/1\ngs://b/2", "span": -1.0},
        outputs=("report",),
        **environment,
    )
    return ended, step.output("report").read_text()


@pytest.mark.slow
def test_the_report_goes_to_the_user_interface_and_to_the_webhook(records, receiver, tmp_path):
    url, got = receiver.url, receiver.got
    records.start()
    records.record_choice(SpanChoice(7, ("takes span 7",)))
    records.record_outcome(MISSED)
    ended, shown = report(tmp_path, UTKFACE_WEBHOOK=f"{url}\n")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == f"faces {RUN}: not blessed. female: too low\n"
    assert shown == "# Not blessed\n\n- female: too low\n- all: too low\n"
    (notice,) = got
    assert notice.pop("started") <= notice.pop("ended")
    assert notice.pop("host")
    assert notice == {
        "format": 1,
        "text": f"faces {RUN}: not blessed. female: too low",
        "outcome": "not blessed",
        "exit_code": 3,
        "pipeline": "faces",
        "run": RUN,
        "root": "gs://b/root",
        "data": ["gs://b/1", "gs://b/2"],
        "span": 7,
        "message": "",
        "reasons": ["female: too low", "all: too low"],
        "metrics": {},
        "pushed_to": None,
        "places": {},
    }
    assert [entry.span for entry in History(f"{tmp_path}/history").entries(TAKEN_SPAN)] == [7]
    assert not Path(tmp_path, "history", "run_records", RUN).exists()


@pytest.mark.slow
def test_nobody_is_notified_of_a_run_that_found_nothing_new(records, receiver, tmp_path):
    url, got = receiver.url, receiver.got
    records.record_choice(SpanChoice(None, ("nothing new to train on",)))
    ended, shown = report(tmp_path, UTKFACE_WEBHOOK=url)
    assert (ended.returncode, ended.stdout, shown, got) == (0, "", "# Nothing new\n", [])


@pytest.mark.slow
def test_a_webhook_that_is_down_fails_no_run_and_its_secret_is_not_shown(records, tmp_path):
    records.record_outcome(PUSHED)
    ended, shown = report(tmp_path, UTKFACE_WEBHOOK="http://127.0.0.1:9/secret-token")
    assert ended.returncode == 0
    assert "the webhook at 127.0.0.1 did not receive the summary" in ended.stderr
    assert "secret-token" not in ended.stderr + ended.stdout + shown
    ended, _ = report(tmp_path, UTKFACE_WEBHOOK="htp://h/secret-token")
    assert "its secret holds no URL that begins with https://" in ended.stderr
    assert "secret-token" not in ended.stderr
