"""The step of a scheduled pipeline that looks for new data."""

import subprocess
import sys
from pathlib import Path

import pytest

from components.errors import InputError
from components.history.registry import ACCEPTED_STATISTICS, TAKEN_SPAN, History
from components.utkface_example_gen.spans import NEWEST
from pipeline.kubeflow.span_choice import NOTHING, choose
from pipeline.retrain.settings import RetrainSettings

NOW = RetrainSettings(min_age_minutes=0)


@pytest.fixture
def data(tmp_path: Path) -> str:
    for span in (3, 4):
        (tmp_path / f"faces-{span}").mkdir()
        (tmp_path / f"faces-{span}" / "20_0_0_20170109142408075.jpg").write_bytes(b"x")
    return f"{tmp_path}/faces-{{SPAN}}"


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(str(tmp_path / "history"))


def test_a_span_is_taken_once(data, history):
    span, lines = choose([data], NEWEST, NOW, history)
    assert span == 4
    assert lines == (
        "span 3 came late or was passed over: a run with the parameter span=3 takes it",
        "takes span 4",
    )
    assert [entry.span for entry in history.entries(TAKEN_SPAN)] == [4]
    span, lines = choose([data], NEWEST, NOW, history)
    assert span == NOTHING
    assert lines == (
        "nothing new to train on: span 4 was run: a schedule took it; span 3 came late or was "
        "passed over: a run with the parameter span=3 takes it",
    )
    assert len(list(history.entries(TAKEN_SPAN))) == 1


def test_one_that_is_asked_for_is_taken_again(data, history):
    for _ in range(2):
        assert choose([data], 3, NOW, history) == (3, ("takes span 3",))
    assert choose([data], NEWEST, NOW, history)[0] == 4


def test_data_that_another_run_accepted_are_not_taken(data, history, tmp_path):
    (tmp_path / "statistics").mkdir()
    (tmp_path / "statistics" / "s").touch()
    history.record(ACCEPTED_STATISTICS, str(tmp_path / "statistics"), span=4, properties={})
    span, lines = choose([data], NEWEST, NOW, history)
    assert span == NOTHING and "span 4 was run: its data were accepted" in lines[0]


def test_a_span_that_may_grow_is_left_for_later(data, history):
    span, lines = choose([data], NEWEST, RetrainSettings(), history)
    assert span == NOTHING and "may not be whole yet" in lines[0]


def test_data_without_spans_are_refused(tmp_path, history):
    with pytest.raises(InputError, match="a retraining takes one span after the other"):
        choose([str(tmp_path)], NEWEST, NOW, history)


@pytest.mark.slow
def test_the_step_writes_what_it_chose(data, tmp_path):
    def run(data: str, span: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [
                *(sys.executable, "-m", "pipeline.kubeflow.span_choice"),
                *("--history", str(tmp_path / "history"), "--settings", NOW.model_dump_json()),
                *("--data", data, "--span", span, "--output", str(tmp_path / "out" / "span")),
            ],
            capture_output=True,
            text=True,
        )

    chosen = run(data, "-1")
    assert chosen.returncode == 0, chosen.stderr
    assert chosen.stdout.splitlines()[-1] == "takes span 4"
    assert (tmp_path / "out" / "span").read_text() == "4"
    # As the backend may write a whole number.
    assert run(data, "3.0").returncode == 0
    assert (tmp_path / "out" / "span").read_text() == "3"
    failed = run("/nowhere", "-1")
    assert failed.returncode == 2
    assert "Error: /nowhere: expected {SPAN}" in failed.stderr
