"""What Kubeflow Pipelines tells of pipelines and runs, without the SDK's types."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Pipeline:
    """A pipeline on the server.

    Attributes:
      pipeline_id: the server's name for it.
      name: ours.
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
      run_id: the server's name for it.
      name: ours.
      state: PENDING, RUNNING, SUCCEEDED, SKIPPED, FAILED, CANCELING, CANCELED or PAUSED;
        empty while the server knows none.
      created_at: when it was created.
      finished_at: when it ended; None while it goes on.
      error: why it failed; empty otherwise.
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
      recurring_run_id: the server's name for it.
      name: ours.
      when: six fields of cron, or seconds such as "every 3600 s".
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
    """Makes a Pipeline of the SDK's."""
    return Pipeline(answer.pipeline_id, answer.display_name, answer.created_at, link)


def read_run(answer: Any, link: str) -> Run:
    """Makes a Run of the SDK's."""
    # The server sends the beginning of its calendar for "not yet".
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
    """Makes a RecurringRun of the SDK's."""
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
