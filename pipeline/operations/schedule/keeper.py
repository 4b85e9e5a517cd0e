"""Who keeps schedules."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pipeline.operations.schedule.listed import Listed
from pipeline.operations.schedule.programs import ScheduleError

if TYPE_CHECKING:
    from pipeline.operations.schedule.crontab import Crontab
    from pipeline.operations.schedule.systemd import Systemd

KUBEFLOW = "kubeflow"
_SYSTEMD, _CRON = "systemd", "cron"
KEEPERS = (_SYSTEMD, _CRON, KUBEFLOW)

# It is there where systemd runs: sd_booted(3).
_SYSTEMD_RUNS = Path("/run/systemd/system")


class Keeper(Protocol):
    """What keeps schedules that are there."""

    def list(self) -> list[Listed]:
        """Returns the schedules."""

    def disable(self, name: str) -> None:
        """Lets a schedule rest."""

    def delete(self, name: str) -> None:
        """Takes a schedule away."""


def find_keeper(name: str | None = None) -> "Systemd | Crontab":
    """Returns who keeps schedules on this machine: systemd where it runs, else cron.

    Args:
      name: takes this one, systemd or cron, there or not.

    Raises:
      ScheduleError: if there is neither.
    """
    if name is None:
        name = _which()
    if name == _SYSTEMD:
        from pipeline.operations.schedule.systemd import Systemd

        return Systemd()
    from pipeline.operations.schedule.crontab import Crontab

    return Crontab()


def _which() -> str:
    if _SYSTEMD_RUNS.is_dir() and shutil.which("systemctl"):
        return _SYSTEMD
    if shutil.which("crontab"):
        return _CRON
    raise ScheduleError(
        "Expected systemd or cron on this machine; neither is there. Install cron, or let what "
        "keeps your schedules run what `utkface schedule create --engine cron --print` shows."
    )
