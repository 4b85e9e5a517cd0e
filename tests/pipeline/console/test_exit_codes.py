"""The exit code and the message of each error."""

import pytest

from components.errors import BusyError, DataGateError, InputError
from pipeline.console.exit_codes import ExitCode, explain
from pipeline.settings.config import ConfigError
from trainer.settings.pretrained import PretrainedError
from trainer.state.training_state import TrainingStateError


class NoMessage(Exception):
    """An error without a message."""


def test_exit_codes_have_the_documented_numbers() -> None:
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
def test_an_error_has_its_exit_code_and_message(error: Exception, code: int, message: str) -> None:
    found = explain(error)
    assert found[0] is ExitCode(code)
    assert message in found[1]


def test_beam_step_names_are_removed_from_the_message() -> None:
    error = InputError("f.tar: cut. Fetch it again. [while running 'InputToRecord/ReadFiles']")
    assert explain(error) == (ExitCode.BAD_INPUT, "Error: f.tar: cut. Fetch it again.")
    twice = RuntimeError("odd [while running 'A'] [while running 'B']")
    assert explain(twice) == (ExitCode.FAILED, "Failed: RuntimeError: odd")


def test_the_traceback_that_beam_prepends_is_removed() -> None:
    error = InputError(
        'Traceback (most recent call last):\n  File "source.py", line 9, in read\n'
        "components.errors.InputError: f.tar: cut\n\n [while running 'ReadFiles-ptransform-9']"
    )
    assert explain(error) == (ExitCode.BAD_INPUT, "Error: f.tar: cut")


def in_a_thread(error: str) -> RuntimeError:
    """Returns an error as Beam raises it under `--direct_running_mode=multi_threading`."""
    trace = f'Traceback (most recent call last):\n  File "a.py", line 9, in f\n    raise\n{error}'
    return RuntimeError(f"{trace}\n\nDuring handling of ...:\n\n{trace} [while running 'A']\n")


def test_bad_input_in_a_beam_thread_stays_bad_input() -> None:
    error = in_a_thread("components.errors.InputError: f.tar: cut")
    assert explain(error) == (ExitCode.BAD_INPUT, "Error: f.tar: cut")


def test_a_failure_in_a_beam_thread_is_reported_without_its_traceback() -> None:
    code, message = explain(in_a_thread("ValueError: odd"))
    assert code is ExitCode.FAILED
    assert message.endswith("ValueError: odd")
    assert "Traceback" not in message


@pytest.mark.parametrize(
    "start",
    [
        "Error running pipeline.\nTraceback (most recent call last):\n  File 'job_service.py', "
        "line 293, in _run_job\n    self.result = self._invoke_runner()\nRuntimeError: ",
        "bundle inst002 stage-005 failed:",
        "java.lang.RuntimeException: Error received from SDK harness for instruction 1: ",
    ],
    ids=["portable", "prism", "flink and spark"],
)
@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (
            "components.errors.InputError: f.tar: cut. Fetch it again.",
            (ExitCode.BAD_INPUT, "Error: f.tar: cut. Fetch it again."),
        ),
        ("ValueError: odd", (ExitCode.FAILED, "Failed: ValueError: odd")),
    ],
)
def test_an_error_in_a_worker_of_a_job_service_is_reported_as_on_this_machine(
    start: str, raised: str, expected: tuple[ExitCode, str]
) -> None:
    job = f"Pipeline job-001 failed in state FAILED: {start}"
    assert explain(RuntimeError(f"{job}{in_a_thread(raised)}")) == expected


def test_a_traceback_within_another_message_is_kept() -> None:
    text = "the helper failed: Traceback (most recent call last):\nValueError: odd"
    assert explain(RuntimeError(text)) == (ExitCode.FAILED, f"Failed: RuntimeError: {text}")


def test_a_message_that_mentions_an_error_class_is_kept_whole() -> None:
    text = "expected no components.errors.InputError: found one"
    assert explain(InputError(text))[1] == f"Error: {text}"


@pytest.mark.parametrize(
    "message",
    [
        "Pipeline job-001 failed in state FAILED: bundle inst006 stage-010 failed:SDK worker "
        "disconnected: worker[job-001], 2 active instructions, error: context canceled",
        "Pipeline job-4991 failed in state FAILED: Error running pipeline.\nTraceback (most recent "
        "call last):\n  File 'data_plane.py'\nRuntimeError: Channel closed prematurely.",
        "Pipeline BeamApp failed in state FAILED: org.apache.beam.vendor.grpc.v1p60p1.io.grpc."
        "StatusRuntimeException: CANCELLED: client cancelled",
        "Pipeline BeamApp failed in state FAILED: org.apache.spark.SparkException: Job aborted due "
        "to stage failure: org.apache.beam.vendor.grpc.v1p60p1.io.grpc.StatusRuntimeException: "
        "CANCELLED: call already cancelled. Use ServerCallStreamObserver.setOnCancelHandler()",
    ],
    ids=["prism", "portable", "flink", "spark"],
)
def test_a_lost_beam_worker_is_reported_with_what_to_do(message: str) -> None:
    code, text = explain(RuntimeError(message))
    assert code is ExitCode.FAILED
    assert text.startswith("Failed: A worker of the Beam engine was killed")
    assert "run the same command again" in text and "Traceback" not in text
