"""How each error ends a run, and what its user reads."""

import pytest

from components.errors import BusyError, DataGateError, InputError
from pipeline.console.exit_codes import ExitCode, explain
from pipeline.settings.config import ConfigError
from trainer.settings.pretrained import PretrainedError
from trainer.state.training_state import TrainingStateError


class NoMessage(Exception):
    """An error of nobody's."""


def test_the_numbers_are_those_of_the_help() -> None:
    assert {code.name: int(code) for code in ExitCode} == {
        "PUSHED": 0,
        "FAILED": 1,
        "BAD_INPUT": 2,
        "NOT_BLESSED": 3,
        "STOPPED_BY_DATA_GATE": 4,
        "BUSY": 5,
        "INTERRUPTED": 130,
        "TERMINATED": 143,
    }


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (ConfigError("epochs: found 0"), 2, "Error: epochs: found 0"),
        (ConfigError("one\ntwo"), 2, "Error: one\ntwo"),
        (InputError("a.tar: cut"), 2, "Error: a.tar: cut"),
        (TrainingStateError("m: expected"), 2, "Error: m: expected"),
        (PretrainedError("w.h5: expected"), 2, "Error: w.h5: expected"),
        (DataGateError("eval: age: high"), 4, "Stopped by the data gate. eval: age: high"),
        (BusyError("root: expected"), 5, "Run not started: root: expected"),
        (ValueError("odd"), 1, "Failed: ValueError: odd"),
        (FileNotFoundError(2, "No such file", "x"), 1, "FileNotFoundError: [Errno 2] No such"),
        (NoMessage(), 1, "Failed: NoMessage: NoMessage"),
    ],
)
def test_an_error_has_its_code_and_its_words(error: Exception, code: int, message: str) -> None:
    found = explain(error)
    assert found[0] is ExitCode(code)
    assert message in found[1]


def test_the_steps_that_beam_adds_are_cut() -> None:
    error = InputError("f.tar: cut. Fetch it again. [while running 'InputToRecord/ReadFiles']")
    assert explain(error) == (ExitCode.BAD_INPUT, "Error: f.tar: cut. Fetch it again.")
    twice = RuntimeError("odd [while running 'A'] [while running 'B']")
    assert explain(twice) == (ExitCode.FAILED, "Failed: RuntimeError: odd")


def test_the_traceback_that_beam_puts_first_is_cut() -> None:
    error = InputError(
        'Traceback (most recent call last):\n  File "source.py", line 9, in read\n'
        "components.errors.InputError: f.tar: cut\n\n [while running 'ReadFiles-ptransform-9']"
    )
    assert explain(error) == (ExitCode.BAD_INPUT, "Error: f.tar: cut")


def in_a_thread(error: str) -> RuntimeError:
    """What Beam makes of an error under `--direct_running_mode=multi_threading`."""
    trace = f'Traceback (most recent call last):\n  File "a.py", line 9, in f\n    raise\n{error}'
    return RuntimeError(f"{trace}\n\nDuring handling of ...:\n\n{trace} [while running 'A']\n")


def test_bad_input_that_a_beam_thread_found_is_still_bad_input() -> None:
    error = in_a_thread("components.errors.InputError: f.tar: cut")
    assert explain(error) == (ExitCode.BAD_INPUT, "Error: f.tar: cut")


def test_a_defect_that_a_beam_thread_found_is_told_without_its_traceback() -> None:
    code, message = explain(in_a_thread("ValueError: odd"))
    assert code is ExitCode.FAILED
    assert message.endswith("ValueError: odd")
    assert "Traceback" not in message


def test_a_message_that_only_mentions_a_class_is_told_whole() -> None:
    text = "expected no components.errors.InputError: found one"
    assert explain(InputError(text))[1] == f"Error: {text}"
