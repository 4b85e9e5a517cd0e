"""Schedules as systemd timers."""

import os
import re
from pathlib import Path

from pipeline.console.home_folder import is_temporary_home
from pipeline.operations.schedule.job import Job
from pipeline.operations.schedule.programs import ScheduleError, call
from pipeline.operations.schedule.scheduler import Listed

_PREFIX = "utkface-"
_SYSTEM_UNITS = Path("/etc/systemd/system")
_PLAIN = re.compile(r"[\w@:+./=,-]+")


class Systemd:
    """The timers of the user; for root, the timers of the system."""

    title = "systemd"

    def __init__(self) -> None:
        is_root = os.geteuid() == 0
        config = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
        if not is_root and not os.environ.get("XDG_CONFIG_HOME") and is_temporary_home():
            raise ScheduleError(
                "Expected a home folder, where systemd looks for a user's units; there is none. "
                "Set HOME."
            )
        self._units = _SYSTEM_UNITS if is_root else Path(config, "systemd", "user")
        self._systemctl = ("systemctl",) if is_root else ("systemctl", "--user")

    def show(self, job: Job) -> str:
        """Returns the timer and the service unit, each after a comment with its path."""
        return "\n".join(f"# {path}\n{text}" for path, text in self._files(job).items())

    def create(self, job: Job) -> bool:
        """Writes the units and starts the timer; returns whether a schedule was replaced.

        Raises:
          ScheduleError: if systemd refuses.
        """
        units = self._files(job)
        replaced = any(path.exists() for path in units)
        try:
            self._units.mkdir(parents=True, exist_ok=True)
            for path, text in units.items():
                path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise ScheduleError(f"{self._units}: expected a folder to write to; {error}") from None
        self._call("daemon-reload")
        self._call("enable", self._timer(job.name).name)
        # A running timer has to load its new times.
        self._call("restart", self._timer(job.name).name)
        return replaced

    def list(self) -> list[Listed]:
        """Returns the schedules of this project.

        Raises:
          ScheduleError: if systemd does not answer.
        """
        timers = sorted(self._units.glob(f"{_PREFIX}*.timer"))
        return [self._read(path) for path in timers]

    def disable(self, name: str) -> None:
        """Stops a timer permanently, and keeps its units.

        Raises:
          ScheduleError: if the schedule does not exist, or systemd refuses.
        """
        self._call("disable", "--now", self._get(name).name)

    def delete(self, name: str) -> None:
        """Stops a timer and deletes its units; a run in progress continues.

        Raises:
          ScheduleError: if the schedule does not exist, or systemd refuses.
        """
        self.disable(name)
        timer = self._get(name)
        for path in (timer, timer.with_suffix(".service")):
            path.unlink(missing_ok=True)
        self._call("daemon-reload")

    @property
    def hint(self) -> str:
        """What the user has to do as well; empty if nothing."""
        if len(self._systemctl) == 1:
            return ""
        return (
            "It fires while you are logged in; `loginctl enable-linger` lets it fire at all times."
        )

    def _files(self, job: Job) -> dict[Path, str]:
        timer = self._timer(job.name)
        times = "\n".join(job.timing.to_systemd())
        description = f"Description={job.name}: {job.timing.words}".replace("%", "%%")
        command = " ".join(map(_quote, job.command))
        folder, log = (str(path).replace("%", "%%") for path in (job.folder, job.log))
        return {
            timer.with_suffix(".service"): (
                f"[Unit]\n{description}\n\n[Service]\nType=oneshot\n"
                f"WorkingDirectory={folder}\nExecStart={command}\n"
                f"StandardOutput=append:{log}\nStandardError=inherit\n"
            ),
            # A run missed while the machine was off is made up for once.
            timer: (
                f"[Unit]\n{description}\n\n[Timer]\n{times}\nPersistent=true\n\n"
                "[Install]\nWantedBy=timers.target\n"
            ),
        }

    def _read(self, timer: Path) -> Listed:
        text = timer.read_text(encoding="utf-8")
        service = timer.with_suffix(".service").read_text(encoding="utf-8")
        described = _setting(text, "Description")
        name, _, when = described.replace("%%", "%").partition(": ")
        state = self._call("show", "--property=UnitFileState", "--value", timer.name).strip()
        following = self._call(
            "show", "--property=NextElapseUSecRealtime", "--value", timer.name
        ).strip()
        return Listed(name, when, state == "enabled", following, _setting(service, "ExecStart"))

    def _get(self, name: str) -> Path:
        timer = self._timer(name)
        if not timer.exists():
            raise ScheduleError(
                f"There is no schedule {name!r} in {self._units}. `utkface schedule list` names "
                "those that there are."
            )
        return timer

    def _timer(self, name: str) -> Path:
        return self._units / f"{_PREFIX}{name}.timer"

    def _call(self, *arguments: str) -> str:
        return call([*self._systemctl, *arguments])


def _setting(unit: str, key: str) -> str:
    (value,) = re.findall(rf"(?m)^{key}=(.*)$", unit)
    return str(value)


def _quote(argument: str) -> str:
    """Quotes an argument for a unit file, see systemd.service(5)."""
    escaped = argument.replace("\\", "\\\\").replace('"', '\\"')
    escaped = escaped.replace("%", "%%").replace("$", "$$")
    return escaped if _PLAIN.fullmatch(argument) else f'"{escaped}"'
