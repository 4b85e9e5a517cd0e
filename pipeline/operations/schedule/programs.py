"""Calls the programs of the operating system that keep schedules."""

import subprocess
from collections.abc import Sequence

from components.errors import OperationError


class ScheduleError(OperationError):
    """A schedule cannot be created, found or deleted; the message says why."""


def call(arguments: Sequence[str], text: str | None = None) -> str:
    """Runs a program and returns its output.

    Args:
      arguments: the program and its arguments.
      text: the standard input of the program.

    Raises:
      ScheduleError: if the program is missing or fails; the message contains its output.
    """
    try:
        ended = subprocess.run(
            arguments, input=text, capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ScheduleError(f"{' '.join(arguments)}: {error}") from None
    if ended.returncode:
        said = " ".join((ended.stderr or ended.stdout).split()) or f"exit code {ended.returncode}"
        raise ScheduleError(f"{' '.join(arguments)}: {said}")
    return ended.stdout
