"""A stand-in for a cluster, whose backend runs what its API server is asked to run."""

import tempfile
from pathlib import Path
from typing import Any

import yaml
from click.testing import CliRunner, Result

from pipeline.cli import main
from tests.kubeflow.open_backend import OpenBackend, StepError


class Cluster:
    """An API server and a backend.

    Args:
      server: the stand-in for the API server.
      backend: the stand-in for the backend.
    """

    def __init__(self, server: Any, backend: OpenBackend):
        self.server, self.backend = server, backend

    def utkface(self, *arguments: object) -> Result:
        """Runs a `utkface` command on the cluster and asserts that it succeeds."""
        ended = CliRunner().invoke(
            main, [*map(str, arguments)], env={"KF_PIPELINES_ENDPOINT": self.server.url}
        )
        assert ended.exit_code == 0, ended.output
        return ended

    def work_off(self) -> StepError | None:
        """Executes the newest run; returns the error if it failed."""
        run = list(self.server.api.runs.values())[-1]
        return self._run(run, run["run_id"])

    def fire(self) -> StepError | None:
        """Starts the only recurring run once, as the scheduled workflow controller would."""
        (recurring,) = self.server.api.recurring_runs.values()
        assert recurring["status"] == "ENABLED"
        return self._run(recurring, None)

    def _run(self, request: dict[str, Any], run_id: str | None) -> StepError | None:
        reference = request["pipeline_version_reference"]
        kept = self.server.api.versions[reference["pipeline_version_id"]]["pipeline_spec"]
        config = request["runtime_config"]
        with tempfile.TemporaryDirectory() as folder:
            package = Path(folder, "pipeline.yaml")
            documents = [kept["pipeline_spec"], kept["platform_spec"]]
            package.write_text(yaml.safe_dump_all(documents), encoding="utf-8")
            try:
                self.backend.run(
                    package,
                    config.get("parameters", {}),
                    pipeline_root=config.get("pipeline_root"),
                    run_id=run_id,
                )
            except StepError as error:
                request["state"] = "FAILED"
                return error
        request["state"] = "SUCCEEDED"
        return None
