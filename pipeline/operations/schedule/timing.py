"""When a schedule fires, in the words of cron, of systemd and of Kubeflow Pipelines."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cronsim import CronSim, CronSimError

from components.errors import InputError

# As crontab has them: minute, hour, day of the month, month, day of the week. What only some
# crons know, such as L and #, is left out.
_CRON = re.compile(r"[0-9A-Za-z*/,-]+(?: +[0-9A-Za-z*/,-]+){4}")
_LAST_DAY = -1000
_WEEKDAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
_EVERY = re.compile(r"([1-9]\d*)([mhd])")
_SECONDS = {"m": 60, "h": 3600, "d": 86400}
_UNITS = {"m": "minute", "h": "hour", "d": "day"}


@dataclass(frozen=True)
class Timing:
    """One of the two.

    Attributes:
      cron: five fields, as crontab has them; empty where there is an interval.
      seconds: the interval; 0 where there is a cron expression.
    """

    cron: str = ""
    seconds: int = 0

    @property
    def words(self) -> str:
        """What a person reads."""
        if self.cron:
            return str(CronSim(self.cron, datetime(2000, 1, 1)).explain())
        unit = next(unit for unit in "dhm" if self.seconds % _SECONDS[unit] == 0)
        count = self.seconds // _SECONDS[unit]
        return f"Every {_UNITS[unit]}" if count == 1 else f"Every {count} {_UNITS[unit]}s"

    def next_after(self, moment: datetime) -> datetime | None:
        """Returns when it fires next by a clock of the same zone; None of an interval."""
        return next(CronSim(self.cron, moment)) if self.cron else None

    def to_kubeflow(self) -> str:
        """Returns six fields, the first of them seconds, and Sunday as 0.

        Source: the documentation of robfig/cron 1.2, which the backend reads them with.
        """
        return f"0 {_without_seven(self.cron)}"

    def to_systemd(self) -> list[str]:
        """Returns the lines of a timer's section."""
        if not self.cron:
            return [f"OnActiveSec={self.seconds}s", f"OnUnitActiveSec={self.seconds}s"]
        read = CronSim(self.cron, datetime(2000, 1, 1))
        weekdays = _weekdays(read)
        names = "" if len(weekdays) == 7 else ",".join(_WEEKDAYS[day] for day in weekdays) + " "
        months = _field(read.months, range(1, 13))
        days = _field(read.days, range(1, 32))
        clock = f"{_field(read.hours, range(24))}:{_field(read.minutes, range(60))}:00"
        if not read.day_and:
            # Where both are given cron takes either, be it all of them.
            return [
                f"OnCalendar={names}*-{months}-* {clock}",
                f"OnCalendar=*-{months}-{days} {clock}",
            ]
        return [f"OnCalendar={names}*-{months}-{days} {clock}"]


def parse_cron(text: str) -> Timing:
    """Reads a cron expression.

    Raises:
      InputError: unless it has crontab's five fields and fires now and then.
    """
    text = " ".join(text.split())
    problem = "expected five fields: minute, hour, day of the month, month, day of the week"
    if _CRON.fullmatch(text):
        try:
            read = CronSim(text, datetime(2000, 1, 1))
            next(read)
        except CronSimError as error:
            problem = str(error).lower()
        except StopIteration:
            problem = "it never fires"
        else:
            if _LAST_DAY not in read.days:
                return Timing(cron=text)
    raise InputError(f"--cron {text!r}: {problem}. Such as '0 3 * * 1', Mondays at three.")


def parse_interval(text: str) -> Timing:
    """Reads an interval such as 90m, 6h or 7d.

    Raises:
      InputError: if it is something else.
    """
    found = _EVERY.fullmatch(text)
    if not found:
        raise InputError(f"--every {text!r}: expected minutes, hours or days, such as 90m, 6h, 7d")
    return Timing(seconds=int(found[1]) * _SECONDS[found[2]])


def _without_seven(cron: str) -> str:
    *others, weekdays = cron.split()
    read = CronSim(cron, datetime(2000, 1, 1))
    if 7 in read.weekdays and weekdays != "*":
        weekdays = ",".join(map(str, _weekdays(read)))
    return " ".join((*others, weekdays))


def _weekdays(read: CronSim) -> list[int]:
    """Returns the days of the week, Sunday as 0."""
    return sorted({day % 7 for day in read.weekdays if isinstance(day, int)})


def _field(values: Iterable[int], everything: range) -> str:
    found = sorted(values)
    return "*" if found == [*everything] else ",".join(f"{value:02d}" for value in found)
