"""The time limit of a whole run."""

import signal
import time

import pytest

from components.errors import InputError
from pipeline.engines.kubeflow.pod.run_records import RunRecords
from pipeline.engines.kubeflow.pod.time_limit import stop_in_time


@pytest.fixture
def records(tmp_path) -> RunRecords:
    records = RunRecords(str(tmp_path), "run")
    records.start()
    return records


def test_a_step_is_stopped_when_its_run_exceeds_the_time_limit(records, monkeypatch):
    monkeypatch.setenv("UTKFACE_RUN_TIMEOUT_HOURS", str(0.3 / 3600))
    before = signal.getsignal(signal.SIGALRM)
    over = pytest.raises(InputError, match=r"Run stopped: expected it to end within")
    with over, stop_in_time(records):
        time.sleep(5)
    assert signal.getsignal(signal.SIGALRM) is before
    # Later steps do not start either.
    with pytest.raises(InputError, match=r"kubeflow.run_timeout_hours"), stop_in_time(records):
        raise AssertionError


def test_a_step_within_the_time_limit_is_not_stopped(records, monkeypatch):
    monkeypatch.setenv("UTKFACE_RUN_TIMEOUT_HOURS", "1")
    with stop_in_time(records):
        assert 3590 < signal.getitimer(signal.ITIMER_REAL)[0] <= 3600
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


def test_an_engine_without_records_has_no_time_limit(records, monkeypatch, tmp_path):
    monkeypatch.setenv("UTKFACE_RUN_TIMEOUT_HOURS", "1")
    for found in (None, RunRecords(str(tmp_path), "not-started")):
        with stop_in_time(found):
            assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


def test_the_start_of_the_first_step_is_the_start_of_the_run(records):
    started = records.started()
    time.sleep(0.01)
    records.start()
    assert records.started() == started
