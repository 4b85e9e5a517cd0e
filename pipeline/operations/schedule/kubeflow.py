"""Schedules as recurring runs of Kubeflow Pipelines."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from pipeline.engines.kubeflow.api.recurring_runs import Recurrence, describe_request
from pipeline.engines.kubeflow.compiling.packages import compiled_retraining
from pipeline.operations.schedule.job import check_retraining
from pipeline.operations.schedule.scheduler import Created, Listed, Schedule
from pipeline.operations.schedule.timing import Timing

if TYPE_CHECKING:
    from pipeline.engines.kubeflow.api.client import KubeflowClient

_REPLACED = "Kubeflow Pipelines changes no recurring run: the one before was deleted."
_MACROS = (
    "Warning: releases of Kubeflow Pipelines 2 hand on [[ScheduledTime]] and its like as they are "
    "(kubeflow/pipelines#12494). Look at the first run."
)


class KubeflowScheduler:
    """The recurring runs of a server; each run starts with a step that looks for new data.

    Args:
      connect: returns a client of the server.
    """

    def __init__(self, connect: "Callable[[], KubeflowClient]") -> None:
        self._connect = connect

    def show(self, schedule: Schedule) -> str:
        """Returns the request to the server.

        Raises:
          InputError: if `utkface retrain` would refuse the settings.
        """
        check_retraining(schedule.config)
        settings = schedule.config.kubeflow
        request = describe_request(
            schedule.name,
            _pipeline_of(schedule),
            _recurrence_of(schedule.timing),
            schedule.parameters,
            pipeline_root=settings.pipeline_root,
            service_account=settings.service_account,
        )
        return f"{request}\n"

    def create(self, schedule: Schedule) -> Created:
        """Uploads the pipeline, and creates a recurring run of it.

        Raises:
          InputError: if `utkface retrain` would refuse the settings.
          ConfigError: if the settings do not fit the engine.
          KubeflowError: if the server refuses.
        """
        check_retraining(schedule.config)
        client = self._connect()
        with compiled_retraining(schedule.config) as package:
            pipeline = client.pipelines.create_or_update(_pipeline_of(schedule), package)
        created, replaced = client.recurring_runs.create(
            schedule.name,
            pipeline.name,
            _recurrence_of(schedule.timing),
            schedule.parameters,
            service_account=schedule.config.kubeflow.service_account,
        )
        has_macros = any("[[" in value for value in schedule.parameters.values())
        return Created(
            bool(replaced),
            (created.link, _REPLACED) if replaced else (created.link,),
            (_MACROS,) if has_macros else (),
        )

    def list(self) -> list[Listed]:
        """Returns all recurring runs of the server.

        Raises:
          KubeflowError: if the server does not answer.
        """
        return [
            Listed(run.name, run.when, run.enabled, "", run.link)
            for run in self._connect().recurring_runs.list()
        ]

    def disable(self, name: str) -> None:
        """Stops a recurring run from firing.

        Raises:
          KubeflowError: if the schedule does not exist, or the server refuses.
        """
        self._connect().recurring_runs.disable(name)

    def delete(self, name: str) -> None:
        """Deletes a recurring run; a run in progress continues.

        Raises:
          KubeflowError: if the schedule does not exist, or the server refuses.
        """
        self._connect().recurring_runs.delete(name)


def _pipeline_of(schedule: Schedule) -> str:
    return f"{schedule.config.pipeline_name}-retraining"


def _recurrence_of(timing: Timing) -> Recurrence:
    return Recurrence(timing.to_kubeflow() if timing.cron else "", timing.seconds)
