"""The schedulers by their names."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.operations.schedule.crontab import Crontab
from pipeline.operations.schedule.kubeflow import KubeflowScheduler
from pipeline.operations.schedule.local import LocalScheduler
from pipeline.operations.schedule.programs import ScheduleError
from pipeline.operations.schedule.scheduler import Scheduler
from pipeline.operations.schedule.systemd import Systemd

if TYPE_CHECKING:
    from pipeline.engines.kubeflow.api.client import KubeflowClient

_Connect = Callable[[], "KubeflowClient"]

# This folder exists if systemd runs; see sd_booted(3).
_SYSTEMD_RUNS = Path("/run/systemd/system")


SCHEDULERS: dict[str, Callable[[_Connect], Scheduler]] = {
    "systemd": lambda _: LocalScheduler(Systemd()),
    "cron": lambda _: LocalScheduler(Crontab()),
    "kubeflow": KubeflowScheduler,
}


def find_scheduler(name: str | None, connect: _Connect) -> Scheduler:
    """Returns a scheduler.

    Args:
      name: a key of SCHEDULERS; None selects systemd if it runs, otherwise cron.
      connect: returns a client of Kubeflow Pipelines.

    Raises:
      ScheduleError: if this machine has neither systemd nor cron.
    """
    return SCHEDULERS[name or _of_this_machine()](connect)


def _of_this_machine() -> str:
    if _SYSTEMD_RUNS.is_dir() and shutil.which("systemctl"):
        return "systemd"
    if shutil.which("crontab"):
        return "cron"
    raise ScheduleError(
        "Expected systemd or cron on this machine; neither is there. Install cron, or have your "
        "scheduler run the command that `utkface schedule create --engine cron --print` shows."
    )
