"""Pipelines and runs of Kubeflow Pipelines, without the SDK's types."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Pipeline:
    """A pipeline on the server.

    Attributes:
      pipeline_id: the id on the server.
      name: the name of the pipeline.
      created_at: when it was created.
      link: its page in the user interface.
    """

    pipeline_id: str
    name: str
    created_at: datetime | None
    link: str

    def to_dict(self) -> dict[str, str]:
        return {
            "pipeline_name": self.name,
            "pipeline_id": self.pipeline_id,
            "created_at": _iso(self.created_at),
            "link": self.link,
        }


@dataclass(frozen=True)
class Run:
    """A run of a pipeline.

    Attributes:
      run_id: the id on the server.
      name: the name of the run.
      state: PENDING, RUNNING, SUCCEEDED, SKIPPED, FAILED, CANCELING, CANCELED or PAUSED;
        empty if the server does not know the state yet.
      created_at: when it was created.
      finished_at: when it ended; None if it is in progress.
      error: why it failed; otherwise empty.
      link: its page in the user interface.
    """

    run_id: str
    name: str
    state: str
    created_at: datetime | None
    finished_at: datetime | None
    error: str
    link: str

    def to_dict(self) -> dict[str, str]:
        return {
            "run_id": self.run_id,
            "name": self.name,
            "state": self.state,
            "created_at": _iso(self.created_at),
            "finished_at": _iso(self.finished_at),
            "error": self.error,
            "link": self.link,
        }


@dataclass(frozen=True)
class RecurringRun:
    """A schedule on the server.

    Attributes:
      recurring_run_id: the id on the server.
      name: the name of the schedule.
      when: a cron expression of six fields, or an interval, e.g. "every 3600 s".
      enabled: whether it starts runs.
      created_at: when it was created.
      link: its page in the user interface.
    """

    recurring_run_id: str
    name: str
    when: str
    enabled: bool
    created_at: datetime | None
    link: str

    def to_dict(self) -> dict[str, Any]:
        return {**vars(self), "created_at": _iso(self.created_at)}


def read_pipeline(answer: Any, link: str) -> Pipeline:
    """Converts a pipeline of the SDK."""
    return Pipeline(answer.pipeline_id, answer.display_name, answer.created_at, link)


def read_run(answer: Any, link: str) -> Run:
    """Converts a run of the SDK."""
    # For "not yet" the server sends the start of its calendar.
    finished = answer.finished_at if answer.finished_at and answer.finished_at.year > 1970 else None
    return Run(
        run_id=answer.run_id,
        name=answer.display_name,
        state=answer.state or "",
        created_at=answer.created_at,
        finished_at=finished,
        error=(answer.error.message or "") if answer.error else "",
        link=link,
    )


def read_recurring_run(answer: Any, link: str) -> RecurringRun:
    """Converts a recurring run of the SDK."""
    trigger = answer.trigger
    cron, periodic = trigger.cron_schedule, trigger.periodic_schedule
    return RecurringRun(
        recurring_run_id=answer.recurring_run_id,
        name=answer.display_name,
        when=cron.cron if cron else f"every {periodic.interval_second} s" if periodic else "",
        enabled=answer.status == "ENABLED",
        created_at=answer.created_at,
        link=link,
    )


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
