"""The step of a scheduled pipeline that looks for new data."""

from pathlib import Path

import pytest

from components.errors import InputError
from components.history.registry import ACCEPTED_STATISTICS, MEASURED_MODEL, TAKEN_SPAN, History
from components.utkface_example_gen.spans import NEWEST
from pipeline.engines.kubeflow.pod.run_records import SpanChoice
from pipeline.engines.kubeflow.pod.span_choice import choose
from pipeline.settings.retrain import RetrainSettings

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


def record(history: History, kind: str, span: int, folder: Path) -> None:
    (folder / "source").mkdir(exist_ok=True)
    (folder / "source" / "file").touch()
    history.record(kind, str(folder / "source"), span=span, properties={})


def test_the_newest_span_is_chosen_again_until_it_is_recorded_as_taken(data, history, tmp_path):
    """A run that fails records nothing."""
    for _ in range(2):
        assert choose([data], NEWEST, NOW, history) == SpanChoice(
            4,
            (
                "span 3 arrived late or was skipped: a run with the parameter span=3 trains on it",
                "takes span 4",
            ),
        )
    record(history, TAKEN_SPAN, 4, tmp_path)
    assert choose([data], NEWEST, NOW, history) == SpanChoice(
        None,
        (
            "nothing new to train on: span 4 was run: a schedule took it; span 3 arrived late or "
            "was skipped: a run with the parameter span=3 trains on it",
        ),
    )


def test_a_span_that_is_asked_for_is_taken_whatever_was_run_before(data, history, tmp_path):
    record(history, TAKEN_SPAN, 4, tmp_path)
    assert choose([data], 3, NOW, history) == SpanChoice(3, ("takes span 3",))


def test_data_that_a_model_of_another_run_was_measured_on_are_not_taken(data, history, tmp_path):
    record(history, MEASURED_MODEL, 4, tmp_path)
    choice = choose([data], NEWEST, NOW, history)
    assert choice.span is None and "span 4 was run: a model was measured" in choice.lines[0]


def test_data_that_were_accepted_by_a_run_that_then_failed_are_taken(data, history, tmp_path):
    record(history, ACCEPTED_STATISTICS, 4, tmp_path)
    assert choose([data], NEWEST, NOW, history).span == 4


def test_data_without_room_for_a_span_are_refused(history, tmp_path):
    with pytest.raises(InputError, match=r"expected \{SPAN\}"):
        choose([str(tmp_path)], NEWEST, NOW, history)


def test_a_span_that_may_grow_is_left_for_later(data, history):
    choice = choose([data], NEWEST, RetrainSettings(), history)
    assert choice.span is None and "may be incomplete" in choice.lines[0]
