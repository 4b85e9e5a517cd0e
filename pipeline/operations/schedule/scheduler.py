"""Schedulers: systemd, cron and Kubeflow Pipelines, behind one protocol."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pipeline.operations.schedule.timing import Timing
from pipeline.settings.config import PipelineConfig


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A scheduled retraining.

    Attributes:
      name: the name of the schedule.
      timing: when it fires.
      config: the settings of each run.
      data, root, config_path, overrides: the arguments that made the settings; see load_config.
      parameters: the parameters of each run on Kubeflow; other parameters keep their defaults.
    """

    name: str
    timing: Timing
    config: PipelineConfig
    data: Sequence[str] = ()
    root: str | None = None
    config_path: str | None = None
    overrides: Sequence[str] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Created:
    """A schedule that was created.

    Attributes:
      replaced: whether it replaces a schedule of the same name.
      notes: lines for the user.
      warnings: lines for standard error.
    """

    replaced: bool
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Listed:
    """An existing schedule.

    Attributes:
      name: the name of the schedule.
      when: when the schedule fires, in words.
      enabled: whether the schedule fires.
      next_run: when it fires next; empty if the scheduler does not say.
      runs: the command, or the page in the user interface.
    """

    name: str
    when: str
    enabled: bool
    next_run: str
    runs: str


class Scheduler(Protocol):
    """Creates, lists, disables and deletes schedules.

    Each method raises InputError for a schedule that cannot run, and ScheduleError or
    KubeflowError if the scheduler refuses.
    """

    def show(self, schedule: Schedule) -> str:
        """Returns what `create` would write or send, and changes nothing."""

    def create(self, schedule: Schedule) -> Created:
        """Creates a schedule, or replaces the schedule of the same name."""

    def list(self) -> "list[Listed]":
        """Returns the existing schedules."""

    def disable(self, name: str) -> None:
        """Stops a schedule from firing."""

    def delete(self, name: str) -> None:
        """Deletes a schedule; a run in progress continues."""
