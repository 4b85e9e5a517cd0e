"""The runs of a pipeline on Kubeflow Pipelines."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pipeline.engines.kubeflow.api.connection import Connection
from pipeline.engines.kubeflow.api.errors import KubeflowError, is_not_found
from pipeline.engines.kubeflow.api.experiments import Experiments
from pipeline.engines.kubeflow.api.parameter_values import ParameterError, convert
from pipeline.engines.kubeflow.api.pipelines import Pipelines, unique_name
from pipeline.engines.kubeflow.api.records import Run, read_run
from pipeline.engines.kubeflow.specs.version_spec import default_root


class Runs:
    """The runs on a server."""

    def __init__(
        self, connection: Connection, pipelines: Pipelines, experiments: Experiments
    ) -> None:
        self._connection = connection
        self._pipelines = pipelines
        self._experiments = experiments

    def create(
        self,
        pipeline_name: str,
        parameters: Mapping[str, str],
        *,
        pipeline_root: str | None = None,
        service_account: str | None = None,
    ) -> Run:
        """Starts a run of the newest version of a pipeline.

        Args:
          pipeline_name: the pipeline; the run goes into the experiment of the same name.
          parameters: values by name, as the user typed them.
          pipeline_root: where the artifacts go; by default the root in the version.
          service_account: the service account of the steps; by default the cluster's.

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
        with self._connection.calling(f"create a run of {pipeline_name!r}") as client:
            answer = client.run_pipeline(
                experiment_id=experiment_id,
                job_name=unique_name(pipeline_name),
                params=values,
                pipeline_id=pipeline.pipeline_id,
                version_id=version_id,
                pipeline_root=pipeline_root or default_root(spec),
                service_account=service_account,
            )
            return self._read(answer)

    def list(self, pipeline_name: str) -> list[Run]:
        """Returns all runs of the pipeline, from all pages, newest first.

        Raises:
          KubeflowError: if the pipeline does not exist, or the server does not answer.
        """
        self._pipelines.get(pipeline_name)
        experiment_id = self._experiments.find(pipeline_name)
        if experiment_id is None:
            return []
        found = self._connection.pages(
            f"list the runs of {pipeline_name!r}",
            "list_runs",
            "runs",
            experiment_id=experiment_id,
            sort_by="created_at desc",
        )
        return [self._read(answer) for answer in found]

    def get(self, run_id: str) -> Run:
        """Returns the current state of a run.

        Raises:
          KubeflowError: if the run does not exist, or the server does not answer.
        """
        with self._calling("look at", run_id) as client:
            return self._read(client.get_run(run_id))

    def terminate(self, run_id: str) -> None:
        """Stops a run.

        Raises:
          KubeflowError: if the run does not exist, or the server refuses.
        """
        with self._calling("terminate", run_id) as client:
            client.terminate_run(run_id)

    def delete(self, run_id: str) -> None:
        """Deletes a run; its artifacts stay.

        Raises:
          KubeflowError: if the run does not exist, or the server refuses.
        """
        with self._calling("delete", run_id) as client:
            client.delete_run(run_id)

    @contextmanager
    def _calling(self, verb: str, run_id: str) -> Iterator[Any]:
        unknown = KubeflowError(
            f"There is no run {run_id!r} on {self._connection.endpoint}. "
            "Look at the list of the pipeline's runs for its id."
        )
        # Without an id, the address would be the list of all runs.
        if not run_id.strip():
            raise unknown
        try:
            with self._connection.calling(f"{verb} the run {run_id!r}") as client:
                yield client
        except KubeflowError as error:
            if is_not_found(error.__cause__):
                raise unknown from error.__cause__
            raise

    def _read(self, answer: Any) -> Run:
        return read_run(answer, self._connection.link(f"runs/details/{answer.run_id}"))
