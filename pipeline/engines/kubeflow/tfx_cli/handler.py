"""`tfx pipeline ...` and `tfx run ...` with `--engine kubeflow`, on Kubeflow Pipelines 2.

It replaces TFX's own handler, which no release of TFX can import; see `repair`.
"""

import functools
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
from tfx.tools.cli import labels
from tfx.tools.cli.handler import base_handler

from pipeline.engines.kubeflow.api.client import KubeflowClient
from pipeline.engines.kubeflow.api.errors import KubeflowError
from pipeline.engines.kubeflow.api.records import Pipeline, Run
from pipeline.engines.kubeflow.tfx_cli.own_modules import room_for_modules_beside
from pipeline.engines.kubeflow.tfx_cli.patcher import PackagePatcher

_Command = TypeVar("_Command", bound=Callable[..., None])


def _exit_in_words(command: _Command) -> _Command:
    """Exits with the message of a KubeflowError instead of its traceback."""

    @functools.wraps(command)
    def wrapper(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except KubeflowError as error:
            sys.exit(str(error))

    return wrapper  # type: ignore[return-value]


class KubeflowHandler(base_handler.BaseHandler):
    """The commands of `tfx`; the messages are the same as in TFX's handlers."""

    @functools.cached_property
    def _client(self) -> KubeflowClient:
        # Created on first use: `compile` and `schema` have no endpoint.
        return KubeflowClient(
            self.flags_dict.get(labels.ENDPOINT),
            self.flags_dict.get(labels.NAMESPACE),
            self.flags_dict.get(labels.IAP_CLIENT_ID),
        )

    @_exit_in_words
    def create_pipeline(self) -> None:
        """Compiles the pipeline file and uploads it as a new pipeline."""
        self._refuse_to_build_an_image()
        name = self._upload(self._client.pipelines.create)
        click.echo(f'Pipeline "{name}" created successfully.')

    @_exit_in_words
    def update_pipeline(self) -> None:
        """Compiles the pipeline file and uploads it as a new version."""
        self._refuse_to_build_an_image()
        name = self._upload(self._client.pipelines.update)
        click.echo(f'Pipeline "{name}" updated successfully.')

    @_exit_in_words
    def list_pipelines(self) -> None:
        """Prints the pipelines on the server."""
        pipelines = [pipeline.to_dict() for pipeline in self._client.pipelines.list()]
        if not pipelines:
            click.echo("No pipelines to display.")
            return
        headers = list(pipelines[0])
        click.echo(self._format_table(headers, [list(row.values()) for row in pipelines]))

    @_exit_in_words
    def delete_pipeline(self) -> None:
        """Deletes the pipeline, its versions and its experiment."""
        name = self.flags_dict[labels.PIPELINE_NAME]
        _, warning = self._client.pipelines.delete(name)
        if warning:
            click.echo(f"[Warning] {warning}", err=True)
        click.echo(f"Pipeline {name} deleted successfully.")

    def compile_pipeline(self) -> None:
        """Compiles the pipeline file to the output path of its runner."""
        patcher = PackagePatcher()
        context = self.execute_dsl(patcher)
        click.echo("Pipeline compiled successfully.")
        click.echo(f"Pipeline package path: {context[patcher.OUTPUT_FILE_PATH]}")

    @_exit_in_words
    def create_run(self) -> None:
        """Starts a run of the newest version."""
        name = self.flags_dict[labels.PIPELINE_NAME]
        run = self._client.runs.create(name, self.flags_dict.get(labels.RUNTIME_PARAMETER) or {})
        click.echo(f"Run created for pipeline: {name}")
        self._print_runs([run])

    @_exit_in_words
    def delete_run(self) -> None:
        """Deletes a run."""
        self._client.runs.delete(self.flags_dict[labels.RUN_ID])
        click.echo("Run deleted.")

    @_exit_in_words
    def terminate_run(self) -> None:
        """Stops a run."""
        self._client.runs.terminate(self.flags_dict[labels.RUN_ID])
        click.echo("Run terminated.")

    @_exit_in_words
    def list_runs(self) -> None:
        """Prints the runs of the pipeline."""
        runs = self._client.runs.list(self.flags_dict[labels.PIPELINE_NAME])
        if runs:
            self._print_runs(runs)
        else:
            click.echo("No runs found.")

    @_exit_in_words
    def get_run(self) -> None:
        """Prints the state of a run."""
        self._print_runs([self._client.runs.get(self.flags_dict[labels.RUN_ID])])

    def get_schema(self) -> None:
        """Says where the schema is: TFX would look for a schema that a run inferred."""
        sys.exit(
            "No run infers a schema: this pipeline holds its data against the curated one, "
            "schema/schema.pbtxt; schema/README.md says why each bound is what it is."
        )

    def execute_dsl(self, patcher: Any) -> dict[str, Any]:
        """Runs the pipeline file as TFX does."""
        with room_for_modules_beside(self.flags_dict[labels.PIPELINE_DSL_PATH]):
            return dict(super().execute_dsl(patcher))

    def _upload(self, upload: Callable[[str, Path], Pipeline]) -> str:
        """Compiles the pipeline file, uploads the package and returns the pipeline's name."""
        with tempfile.TemporaryDirectory() as folder:
            patcher = PackagePatcher(folder)
            context = self.execute_dsl(patcher)
            name = context[patcher.PIPELINE_NAME]
            pipeline = upload(name, Path(context[patcher.OUTPUT_FILE_PATH]))
        click.echo(f"Please access the pipeline detail page at {pipeline.link}")
        return str(name)

    def _refuse_to_build_an_image(self) -> None:
        if self.flags_dict.get(labels.BUILD_IMAGE):
            sys.exit(
                "--build_image is not supported: the image of this pipeline has a Dockerfile of "
                "its own, kubeflow/Dockerfile. kubeflow/README.md says how to build it."
            )

    def _print_runs(self, runs: Sequence[Run]) -> None:
        name = self.flags_dict[labels.PIPELINE_NAME]
        headers = ["pipeline_name", "run_id", "status", "created_at", "link"]
        rows = [run.to_dict() for run in runs]
        data = [[name, row["run_id"], row["state"], row["created_at"], row["link"]] for row in rows]
        click.echo(self._format_table(headers, data))
