"""How a run can end, as a number and in words."""

import enum

from components.errors import DataGateError, InputError
from pipeline.config import ConfigError


class ExitCode(enum.IntEnum):
    """The exit codes of `utkface run`."""

    PUSHED = 0
    FAILED = 1
    BAD_INPUT = 2
    NOT_BLESSED = 3
    STOPPED_BY_DATA_GATE = 4


def explain(error: Exception) -> tuple[ExitCode, str]:
    """Returns the exit code for an error, and what to tell the user."""
    if isinstance(error, ConfigError | InputError):
        return ExitCode.BAD_INPUT, f"Error: {_without_beam_trace(error)}"
    if isinstance(error, DataGateError):
        return ExitCode.STOPPED_BY_DATA_GATE, f"Stopped by the data gate. {error}"
    return ExitCode.FAILED, f"Failed: {type(error).__name__}: {_without_beam_trace(error)}"


def _without_beam_trace(error: Exception) -> str:
    """Beam adds its steps to a message and, at times, puts a traceback before it."""
    text = str(error).partition(" [while running")[0]
    head, _, tail = text.rpartition(f"{type(error).__module__}.{type(error).__name__}: ")
    return (tail if head.startswith("Traceback") else text).strip() or type(error).__name__
