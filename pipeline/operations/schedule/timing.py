"""Times at which a schedule fires, in the formats of cron, systemd and Kubeflow Pipelines."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cronsim import CronSim, CronSimError

from components.errors import InputError

# The fields of a crontab: minute, hour, day of the month, month, day of the week. Extensions of
# some crons, e.g. L and #, are not accepted.
_CRON = re.compile(r"[0-9A-Za-z*/,-]+(?: +[0-9A-Za-z*/,-]+){4}")
_LAST_DAY = -1000
_WEEKDAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
_EVERY = re.compile(r"([1-9]\d*)([mhd])")
_SECONDS = {"m": 60, "h": 3600, "d": 86400}
_UNITS = {"m": "minute", "h": "hour", "d": "day"}


@dataclass(frozen=True)
class Timing:
    """A cron expression or an interval.

    Attributes:
      cron: five fields in crontab's format; empty for an interval.
      seconds: the interval; 0 for a cron expression.
    """

    cron: str = ""
    seconds: int = 0

    @property
    def words(self) -> str:
        """The timing in words."""
        if self.cron:
            return str(CronSim(self.cron, datetime(2000, 1, 1)).explain())
        unit = next(unit for unit in "dhm" if self.seconds % _SECONDS[unit] == 0)
        count = self.seconds // _SECONDS[unit]
        return f"Every {_UNITS[unit]}" if count == 1 else f"Every {count} {_UNITS[unit]}s"

    def next_after(self, moment: datetime) -> datetime | None:
        """Returns the next time in the time zone of `moment`; None for an interval."""
        return next(CronSim(self.cron, moment)) if self.cron else None

    def to_kubeflow(self) -> str:
        """Returns six fields, with seconds first, and Sunday as 0.

        Source: the documentation of robfig/cron 1.2, the parser of the backend.
        """
        return f"0 {_without_seven(self.cron)}"

    def to_systemd(self) -> list[str]:
        """Returns the lines of the [Timer] section."""
        if not self.cron:
            return [f"OnActiveSec={self.seconds}s", f"OnUnitActiveSec={self.seconds}s"]
        read = CronSim(self.cron, datetime(2000, 1, 1))
        weekdays = _weekdays(read)
        names = "" if len(weekdays) == 7 else ",".join(_WEEKDAYS[day] for day in weekdays) + " "
        months = _field(read.months, range(1, 13))
        days = _field(read.days, range(1, 32))
        clock = f"{_field(read.hours, range(24))}:{_field(read.minutes, range(60))}:00"
        if not read.day_and:
            # If both day fields are given, cron fires on either, even if a field lists all days.
            return [
                f"OnCalendar={names}*-{months}-* {clock}",
                f"OnCalendar=*-{months}-{days} {clock}",
            ]
        return [f"OnCalendar={names}*-{months}-{days} {clock}"]


def parse_cron(text: str) -> Timing:
    """Reads a cron expression.

    Raises:
      InputError: unless the expression has crontab's five fields and fires at some time.
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
    """Reads an interval, e.g. 90m, 6h or 7d.

    Raises:
      InputError: if the text is not an interval.
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
    """Returns the days of the week, with Sunday as 0."""
    return sorted({day % 7 for day in read.weekdays if isinstance(day, int)})


def _field(values: Iterable[int], everything: range) -> str:
    found = sorted(values)
    return "*" if found == [*everything] else ",".join(f"{value:02d}" for value in found)
