"""Schedules as lines of the user's crontab."""

import re
import shlex
from collections.abc import Callable
from datetime import datetime

from components.errors import InputError
from pipeline.operations.schedule.job import Job
from pipeline.operations.schedule.programs import ScheduleError, call
from pipeline.operations.schedule.scheduler import Listed
from pipeline.operations.schedule.timing import parse_cron

_LINE = re.compile(
    r"(?P<off>#off )?(?P<cron>\S+(?: \S+){4}) (?P<command>.*) # utkface schedule (?P<name>\S+)"
)
_NOTHING_THERE = "no crontab for"


class Crontab:
    """The crontab lines that this project wrote; other lines are left unchanged.

    python-crontab 3.4 cannot promise that: it writes each line anew, and comments out a line
    that it does not know, e.g. @every_minute.
    """

    title = "cron"
    hint = ""

    def show(self, job: Job) -> str:
        """Returns the line.

        Raises:
          InputError: if the timing is an interval, which a crontab cannot express.
        """
        return f"{_write(job)}\n"

    def create(self, job: Job) -> bool:
        """Adds the line, or replaces the line of the same name; returns whether it replaced a line.

        Raises:
          InputError: if the timing is an interval, which a crontab cannot express.
          ScheduleError: if crontab refuses.
        """
        line, lines = _write(job), _read_lines()
        others = [one for one in lines if _name_of(one) != job.name]
        _write_lines([*others, line])
        return len(others) < len(lines)

    def list(self) -> list[Listed]:
        """Returns the schedules of this project.

        Raises:
          ScheduleError: if crontab fails.
        """
        found = filter(None, map(_LINE.fullmatch, _read_lines()))
        return [
            Listed(
                name=one["name"],
                when=parse_cron(one["cron"]).words,
                enabled=not one["off"],
                next_run="" if one["off"] else _next_run(one["cron"]),
                runs=one["command"].replace("\\%", "%"),
            )
            for one in found
        ]

    def disable(self, name: str) -> None:
        """Comments the line out.

        Raises:
          ScheduleError: if the schedule does not exist, or crontab refuses.
        """
        _change(name, lambda line: line if line.startswith("#off ") else f"#off {line}")

    def delete(self, name: str) -> None:
        """Deletes the line; a run in progress continues.

        Raises:
          ScheduleError: if the schedule does not exist, or crontab refuses.
        """
        _change(name, lambda _: None)


def _change(name: str, change: Callable[[str], str | None]) -> None:
    lines = _read_lines()
    if name not in map(_name_of, lines):
        raise ScheduleError(
            f"There is no schedule {name!r} in the crontab. `utkface schedule list` names those "
            "that there are."
        )
    changed = (change(line) if _name_of(line) == name else line for line in lines)
    _write_lines([line for line in changed if line is not None])


def _write(job: Job) -> str:
    if not job.timing.cron:
        raise InputError("--every: expected --cron: a crontab knows no intervals")
    folder, log = shlex.quote(str(job.folder)), shlex.quote(str(job.log))
    command = f"cd {folder} && {shlex.join(job.command)} >>{log} 2>&1"
    # A bare % ends the command in a crontab.
    escaped = command.replace("%", "\\%")
    return f"{job.timing.cron} {escaped} # utkface schedule {job.name}"


def _next_run(cron: str) -> str:
    # Cron uses the local time of the machine.
    return f"{parse_cron(cron).next_after(datetime.now()):%a %Y-%m-%d %H:%M}"


def _name_of(line: str) -> str | None:
    found = _LINE.fullmatch(line)
    return found["name"] if found else None


def _read_lines() -> list[str]:
    try:
        return call(["crontab", "-l"]).splitlines()
    except ScheduleError as error:
        if _NOTHING_THERE in str(error):
            return []
        raise


def _write_lines(lines: list[str]) -> None:
    call(["crontab", "-"], "".join(f"{line}\n" for line in lines))
