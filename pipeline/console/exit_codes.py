"""Exit codes of a run, and the messages that go with them."""

import enum
import re
import signal

from components.beam_errors import LOST_WORKER, has_lost_worker
from components.errors import BusyError, DataGateError, InputError, OperationError, ResourceError
from pipeline.console.stopping import RunStopped

# The line of a traceback that names the error, and everything after it.
_NAMED_ERROR = re.compile(r"^(?P<name>[A-Za-z_][\w.]*): (?P<message>.*)", re.DOTALL | re.MULTILINE)

_TRACEBACK = "Traceback (most recent call last):"
# How Beam's client starts the message of a job service, before the traceback of a worker.
_FAILED_JOB = re.compile(r"Pipeline \S+ failed in state FAILED: ")

# By name, because their modules load Keras and pydantic.
_TRAINER_ERRORS = (
    "trainer.settings.pretrained.PretrainedError",
    "trainer.state.training_state.TrainingStateError",
)


class ExitCode(enum.IntEnum):
    """The exit codes of `utkface run` and `utkface retrain`."""

    PUSHED = 0
    FAILED = 1
    BAD_INPUT = 2
    NOT_BLESSED = 3
    STOPPED_BY_DATA_GATE = 4
    BUSY = 5
    # The shell's exit code for a process that a signal ends: 128 plus the signal number.
    INTERRUPTED = 130
    TERMINATED = 143


def explain(error: BaseException) -> tuple[ExitCode, str]:
    """Returns the exit code and the message for an error."""
    if isinstance(error, KeyboardInterrupt):
        return _explain_stop(error)
    name, message = unwrap_beam_error(error)
    if has_lost_worker(str(error)):
        return ExitCode.FAILED, f"Failed: {LOST_WORKER}"
    if isinstance(error, InputError) or name in (_full_name(InputError), *_TRAINER_ERRORS):
        return ExitCode.BAD_INPUT, f"Error: {message}"
    if name == _full_name(DataGateError):
        return ExitCode.STOPPED_BY_DATA_GATE, f"Stopped by the data gate. {message}"
    if name == _full_name(BusyError):
        return ExitCode.BUSY, f"Run not started: {message}"
    if name in (_full_name(ResourceError), _full_name(OperationError)):
        return ExitCode.FAILED, f"Failed: {message}"
    return ExitCode.FAILED, f"Failed: {name.rpartition('.')[2]}: {message}"


def _explain_stop(error: KeyboardInterrupt) -> tuple[ExitCode, str]:
    """Returns the exit code and the message for a stop by the user or the system."""
    name = str(error) or "Ctrl-C"
    terminated = isinstance(error, RunStopped) and error.signal == signal.SIGTERM
    return (
        ExitCode.TERMINATED if terminated else ExitCode.INTERRUPTED,
        f"Stopped by {name}. Run the same command again to continue; finished steps are reused, "
        "and a training resumes after its last complete epoch.",
    )


def unwrap_beam_error(error: BaseException) -> tuple[str, str]:
    """Returns the name and the message of an error raised inside a Beam step.

    Beam adds its steps to the message. It may also put the traceback before the message. For an
    error in a worker thread, it may raise a RuntimeError whose message is the traceback. A job
    service puts the state of the job before that.
    """
    name = _full_name(type(error))
    text = str(error).partition(" [while running")[0].strip()
    _, found, last = text.rpartition(_TRACEBACK)
    is_wrapped = found and (text.startswith(_TRACEBACK) or _FAILED_JOB.match(text))
    if is_wrapped and (named := _NAMED_ERROR.search(last)):
        name, text = named["name"], named["message"].strip()
    return name, text or name.rpartition(".")[2]


def _full_name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"
