"""A cluster with Kubeflow Pipelines as an engine."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.acceptances import Acceptances
from pipeline.engines.engine import RunTable
from pipeline.engines.kubeflow.api.errors import KubeflowError
from pipeline.engines.kubeflow.cluster.pod_logs import read_logs
from pipeline.engines.kubeflow.compiling.packages import compiled_pipeline
from pipeline.settings.config import PipelineConfig

if TYPE_CHECKING:
    from pipeline.engines.kubeflow.api.client import KubeflowClient


class KubeflowEngine:
    """Runs the pipeline on Kubeflow Pipelines 2.

    Args:
      connect: returns a client of the server.
      pipeline_name: the pipeline whose runs are listed.
      namespace: the namespace of the pods.
    """

    suffixes: tuple[str, ...] = (".yaml", ".yml")

    def __init__(
        self, connect: "Callable[[], KubeflowClient]", pipeline_name: str, namespace: str
    ) -> None:
        self._connect = connect
        self._pipeline_name = pipeline_name
        self._namespace = namespace

    def compile(self, config: PipelineConfig, output: Path) -> None:
        """Writes the package, which can also be uploaded by hand."""
        from pipeline.engines.kubeflow.compiling.runner import compile_pipeline

        compile_pipeline(config, output)

    def submit(self, config: PipelineConfig, accepted: Acceptances, *, verbose: bool) -> int:
        """Uploads a version of the pipeline, starts a run of it, and prints the page of the run."""
        client = self._connect()
        with compiled_pipeline(config) as package:
            pipeline = client.pipelines.create_or_update(config.pipeline_name, package)
        reasons = {
            "accept_anomalies": accepted.anomalies,
            "accept_unfairness": accepted.unfairness,
        }
        run = client.runs.create(
            pipeline.name,
            {name: reason for name, reason in reasons.items() if reason},
            service_account=config.kubeflow.service_account,
        )
        click.echo(f"run {run.run_id} started: {run.link}")
        return 0

    def runs(self) -> RunTable:
        """Returns the runs of the pipeline on the server."""
        runs = self._connect().runs.list(self._pipeline_name)
        return RunTable(
            ("run", "state", "created"),
            [(run.run_id, run.state, run.created_at) for run in runs],
            [run.to_dict() for run in runs],
        )

    def logs(self, run: str | None) -> Iterator[str]:
        """Yields the logs of the run's pods, in the order in which the pods were created."""
        if run is None:
            runs = self._connect().runs.list(self._pipeline_name)
            if not runs:
                raise KubeflowError(f"There is no run of the pipeline {self._pipeline_name!r}.")
            run = runs[0].run_id
        yield from read_logs(run, self._namespace)
