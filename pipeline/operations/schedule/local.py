"""Schedules on this machine, in systemd or in a crontab."""

from pathlib import Path
from typing import Protocol

from components.errors import InputError
from pipeline.operations.schedule.job import Job, make_job
from pipeline.operations.schedule.scheduler import Created, Listed, Schedule


class JobStore(Protocol):
    """The system that starts jobs: systemd or cron.

    Attributes:
      title: the name of the system.
    """

    title: str

    @property
    def hint(self) -> str: ...  # what else the user has to do; empty if nothing
    def show(self, job: Job) -> str: ...
    def create(self, job: Job) -> bool: ...
    def list(self) -> list[Listed]: ...
    def disable(self, name: str) -> None: ...
    def delete(self, name: str) -> None: ...


class LocalScheduler:
    """Schedules `utkface retrain` on this machine.

    Args:
      jobs: the system that starts the jobs.
    """

    def __init__(self, jobs: JobStore) -> None:
        self._jobs = jobs
        self.list = jobs.list
        self.disable = jobs.disable
        self.delete = jobs.delete

    def show(self, schedule: Schedule) -> str:
        """Returns the systemd units or the crontab line.

        Raises:
          InputError: if the schedule cannot run; see make_job.
        """
        return self._jobs.show(_job_of(schedule))

    def create(self, schedule: Schedule) -> Created:
        """Writes the systemd units or the crontab line.

        Raises:
          InputError: if the schedule cannot run; see make_job.
          ScheduleError: if systemd or cron refuses.
        """
        job = _job_of(schedule)
        Path(schedule.config.root).mkdir(parents=True, exist_ok=True)
        replaced = self._jobs.create(job)
        notes = (f"kept by {self._jobs.title}, log {job.log}", self._jobs.hint)
        return Created(replaced, tuple(filter(None, notes)))


def _job_of(schedule: Schedule) -> Job:
    if schedule.parameters:
        raise InputError("--parameter: expected --set instead: only runs on Kubeflow have those")
    return make_job(schedule)
