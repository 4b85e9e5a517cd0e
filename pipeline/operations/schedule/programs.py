"""The programs of the operating system that keep schedules."""

import subprocess
from collections.abc import Sequence


class ScheduleError(RuntimeError):
    """A schedule cannot be kept, found or taken away; the message says why."""


def call(arguments: Sequence[str], text: str | None = None) -> str:
    """Runs a program and returns what it printed.

    Args:
      arguments: the program and its arguments.
      text: what it reads.

    Raises:
      ScheduleError: if it is not there, or fails; with what it said.
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
