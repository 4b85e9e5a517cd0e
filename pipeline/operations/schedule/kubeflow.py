"""Schedules as recurring runs of Kubeflow Pipelines."""

from pipeline.engines.kubeflow.api.recurring_runs import Recurrence, RecurringRuns
from pipeline.operations.schedule.listed import Listed
from pipeline.operations.schedule.timing import Timing


class KubeflowKeeper:
    """The recurring runs of a server.

    Args:
      recurring_runs: of the server.
    """

    def __init__(self, recurring_runs: RecurringRuns) -> None:
        self._recurring_runs = recurring_runs

    def list(self) -> list[Listed]:
        """Returns all of them, whoever made them.

        Raises:
          KubeflowError: if the server does not tell.
        """
        return [
            Listed(one.name, one.when, one.enabled, "", one.link)
            for one in self._recurring_runs.list()
        ]

    def disable(self, name: str) -> None:
        """Starts no more runs.

        Raises:
          KubeflowError: if there is none, or the server refuses.
        """
        self._recurring_runs.disable(name)

    def delete(self, name: str) -> None:
        """Takes it away; a run that is under way goes on.

        Raises:
          KubeflowError: if there is none, or the server refuses.
        """
        self._recurring_runs.delete(name)


def recurrence_of(timing: Timing) -> Recurrence:
    """Returns a timing in the terms of the backend."""
    return Recurrence(timing.to_kubeflow() if timing.cron else "", timing.seconds)
