"""The recurring runs of Kubeflow Pipelines."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.engines.kubeflow.api.connection import Connection
from pipeline.engines.kubeflow.api.errors import KubeflowError
from pipeline.engines.kubeflow.api.experiments import Experiments, named
from pipeline.engines.kubeflow.api.parameter_values import ParameterError, convert
from pipeline.engines.kubeflow.api.pipelines import Pipelines
from pipeline.engines.kubeflow.api.records import RecurringRun, read_recurring_run
from pipeline.engines.kubeflow.specs.version_spec import default_root


@dataclass(frozen=True)
class Recurrence:
    """A cron expression or an interval.

    Attributes:
      cron: six fields, with seconds first; empty for an interval.
      seconds: the interval; 0 for a cron expression.
    """

    cron: str = ""
    seconds: int = 0


class RecurringRuns:
    """The recurring runs on a server."""

    def __init__(
        self, connection: Connection, pipelines: Pipelines, experiments: Experiments
    ) -> None:
        self._connection = connection
        self._pipelines = pipelines
        self._experiments = experiments

    def create(
        self,
        name: str,
        pipeline_name: str,
        recurrence: Recurrence,
        parameters: Mapping[str, str],
        *,
        service_account: str | None = None,
    ) -> tuple[RecurringRun, int]:
        """Schedules the newest version of a pipeline, for one run at a time.

        The server cannot change a recurring run (kubeflow/pipelines#6001): existing recurring runs
        of the same name are deleted once the new one exists.

        Args:
          name: the name of the recurring run, in the experiment of the pipeline's name.
          pipeline_name: the pipeline.
          recurrence: when the runs start.
          parameters: values by name, as the user typed them.
          service_account: the service account of the steps; by default the cluster's.

        Returns:
          The new recurring run, and the number of deleted recurring runs.

        Raises:
          KubeflowError: if the pipeline or a parameter does not exist, a value does not have the
            type of its parameter, or the server refuses.
        """
        pipeline = self._pipelines.get(pipeline_name)
        version_id, spec = self._pipelines.newest_version(pipeline)
        try:
            values = convert(parameters, spec)
        except ParameterError as error:
            raise KubeflowError(f"{pipeline_name}: {error}") from None
        experiment_id = self._experiments.ensure(pipeline_name)
        before = self._named(name)
        with self._connection.calling(f"create the recurring run {name!r}") as client:
            answer = client.create_recurring_run(
                experiment_id=experiment_id,
                job_name=name,
                cron_expression=recurrence.cron or None,
                interval_second=recurrence.seconds or None,
                max_concurrency=1,
                no_catchup=True,
                params=values,
                pipeline_id=pipeline.pipeline_id,
                version_id=version_id,
                pipeline_root=default_root(spec),
                service_account=service_account,
                # Not `enable_caching`: the SDK ignores it if a version is named. The package turns
                # caching off for each task.
            )
            created = self._read(answer)
        for one in before:
            self._delete(one)
        return created, len(before)

    def list(self) -> list[RecurringRun]:
        """Returns all recurring runs, from all pages.

        Raises:
          KubeflowError: if the server does not answer.
        """
        found = self._connection.pages(
            "list the recurring runs",
            "list_recurring_runs",
            "recurring_runs",
            namespace=self._connection.namespace,
        )
        return [self._read(answer) for answer in found]

    def disable(self, name: str) -> None:
        """Keeps the recurring runs of a name, but starts no more runs.

        Raises:
          KubeflowError: if no recurring run has this name, or the server refuses.
        """
        for one in self._get(name):
            with self._connection.calling(f"disable the recurring run {name!r}") as client:
                client.disable_recurring_run(one.recurring_run_id)

    def delete(self, name: str) -> None:
        """Deletes the recurring runs of a name; a run in progress continues.

        Raises:
          KubeflowError: if no recurring run has this name, or the server refuses.
        """
        for one in self._get(name):
            self._delete(one)

    def _delete(self, one: RecurringRun) -> None:
        with self._connection.calling(f"delete the recurring run {one.name!r}") as client:
            client.delete_recurring_run(one.recurring_run_id)

    def _get(self, name: str) -> Sequence[RecurringRun]:
        found = self._named(name)
        if not found:
            raise KubeflowError(
                f"There is no recurring run {name!r} on {self._connection.endpoint}. Look at the "
                "list for its name."
            )
        return found

    def _named(self, name: str) -> Sequence[RecurringRun]:
        found = self._connection.pages(
            f"look for the recurring run {name!r}",
            "list_recurring_runs",
            "recurring_runs",
            filter=named(name),
            namespace=self._connection.namespace,
        )
        return [self._read(answer) for answer in found]

    def _read(self, answer: Any) -> RecurringRun:
        place = f"recurringrun/details/{answer.recurring_run_id}"
        return read_recurring_run(answer, self._connection.link(place))


def describe_request(
    name: str,
    pipeline_name: str,
    recurrence: Recurrence,
    parameters: Mapping[str, str],
    *,
    pipeline_root: str,
    service_account: str | None = None,
) -> str:
    """Returns the request to the server as JSON, with names in place of ids."""
    trigger: dict[str, Any] = (
        {"cron_schedule": {"cron": recurrence.cron}}
        if recurrence.cron
        else {"periodic_schedule": {"interval_second": recurrence.seconds}}
    )
    request = {
        "display_name": name,
        "experiment": pipeline_name,
        "pipeline": pipeline_name,
        "runtime_config": {"parameters": dict(parameters), "pipeline_root": pipeline_root},
        **({"service_account": service_account} if service_account else {}),
        "trigger": trigger,
        "mode": "ENABLE",
        "max_concurrency": 1,
        "no_catchup": True,
    }
    return json.dumps(request, indent=2)
