"""Compiles the pipeline into a package that open-source Kubeflow Pipelines 2 runs."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from tfx import v1 as tfx
from tfx.dsl.io import fileio
from tfx.orchestration.kubeflow.v2 import kubeflow_v2_dag_runner

from pipeline.config import ConfigError, PipelineConfig, load_config_of_environment
from pipeline.create_pipeline import Destinations, create_pipeline
from pipeline.exit_codes import explain
from pipeline.kubeflow import spec as specs
from pipeline.kubeflow.added_steps import (
    RUN_REPORT,
    add_displays,
    add_preflight,
    report_at_the_end,
)
from pipeline.kubeflow.inputs import refuse_artifacts_taken_twice
from pipeline.kubeflow.platform import platform_spec
from pipeline.kubeflow.reserved_variables import (
    RECORDS_VARIABLE,
    STAGING_VARIABLE,
    TIMEOUT_VARIABLE,
)
from pipeline.kubeflow.resources import resolve_steps, set_resources, set_retries
from pipeline.kubeflow.retraining_spec import wait_for_data
from pipeline.kubeflow.run_records import records_folder
from pipeline.kubeflow.staging import NO_STAGING
from pipeline.kubeflow.step_settings import TRAINER, resolve_step
from pipeline.retrain.warm import begin_warm
from pipeline.run_parameters import RunParameters

PACKAGE_FILE = "pipeline.yaml"
_COMMAND = ("python", "-m", "pipeline.kubeflow.entrypoint")


class PackageRunner(kubeflow_v2_dag_runner.KubeflowV2DagRunner):
    """TFX's compiler, with what it leaves out put in.

    A subclass, so that the `tfx` command recognises it.
    """

    def __init__(
        self,
        config: PipelineConfig,
        output: Path | None = None,
        *,
        vertex: bool = False,
        by_clock: bool = False,
    ):
        """Makes a runner.

        Args:
          config: the settings of the pipeline it will be given.
          output: the package; `pipeline.yaml` in the working folder unless named.
          vertex: compiles for Vertex AI, which takes a job in JSON, no image as a
            parameter, and nothing of Kubernetes.
          by_clock: puts a step before the others that looks for new data; not for Vertex AI.
        """
        output = output or Path("pipeline.json" if vertex else PACKAGE_FILE).absolute()
        super().__init__(
            config=kubeflow_v2_dag_runner.KubeflowV2DagRunnerConfig(
                default_image=config.kubeflow.image,
                default_commands=list(_COMMAND),
                use_pipeline_spec_2_1=True,
            ),
            output_dir=str(output.parent),
            output_filename=output.name,
        )
        self._settings = config
        self._vertex = vertex
        self._by_clock = by_clock

    def run(
        self,
        pipeline: tfx.dsl.Pipeline,
        parameter_values: dict[str, Any] | None = None,
        write_out: bool | None = True,
    ) -> dict[str, Any]:
        """Compiles a pipeline made of RunParameters.adjustable.

        Args:
          pipeline: the pipeline; has no Resolver and no Importer.
          parameter_values: as of TFX's runner.
          write_out: writes the package.

        Returns:
          The job, with the finished specification in `pipelineSpec`; empty if a command
          of `tfx` has put off the compilation.
        """
        job = super().run(pipeline, parameter_values, write_out=False)
        if not job:
            return {}
        spec = job["pipelineSpec"]
        platform = self._finish(spec)
        if write_out:
            self._write([spec, platform] if platform else [job])
        return job

    def _finish(self, spec: dict[str, Any]) -> dict[str, Any] | None:
        """Finishes a specification in place; returns the document for Kubernetes, if it has one."""
        settings = self._settings.kubeflow
        # Only the form of the user interface reads it; the commands send it with each run.
        spec["defaultPipelineRoot"] = settings.pipeline_root
        specs.drop_drivers(spec)
        specs.set_defaults(spec, vars(RunParameters.fixed(self._settings)))
        refuse_artifacts_taken_twice(spec)
        if self._vertex:
            # TensorFlow reads gs:// itself, and Vertex AI stages nothing.
            specs.set_environment(spec, {STAGING_VARIABLE: NO_STAGING})
            specs.tell_containers_their_inputs(spec)
            self._ask_for_a_gpu_of_vertex(spec)
            return None
        specs.tell_containers_their_inputs(spec)
        specs.add_image_parameter(spec, settings.image)
        add_displays(spec)
        self._begin_and_end(spec)
        specs.pass_image(spec)
        specs.pass_run_id(spec)
        specs.set_environment(
            spec,
            {
                **settings.env,
                RECORDS_VARIABLE: records_folder(_destinations(self._settings).history),
                TIMEOUT_VARIABLE: f"{settings.run_timeout_hours:g}",
            },
        )
        steps = resolve_steps(spec, settings)
        set_resources(spec, steps)
        set_retries(spec, steps, settings)
        return platform_spec(spec, settings, steps, reporter=RUN_REPORT)

    def _begin_and_end(self, spec: dict[str, Any]) -> None:
        config, places = self._settings, _destinations(self._settings)
        stores = ["--root", places.pipeline_root]
        for folder in (places.history, places.serving):
            stores += ["--folder", folder]
        if self._by_clock:
            choice = ["--history", places.history, "--settings", config.retrain.model_dump_json()]
            wait_for_data(spec, arguments=(*stores, *choice))
        else:
            add_preflight(spec, stores)
        report_at_the_end(
            spec,
            (
                *("--pipeline", config.pipeline_name),
                *("--root", places.pipeline_root),
                *("--history", places.history),
                # The URL is a secret, and comes from one.
                *("--notify", config.notify.model_dump_json(exclude={"webhook"})),
            ),
        )

    def _ask_for_a_gpu_of_vertex(self, spec: dict[str, Any]) -> None:
        settings = self._settings.kubeflow
        step = resolve_step(TRAINER, settings.steps)
        kind = step.model_copy(update={"accelerator": settings.vertex_accelerator})
        set_resources(spec, {TRAINER: kind})

    def _write(self, documents: Sequence[dict[str, Any]]) -> None:
        # A `tfx` command may have named another folder and file.
        fileio.makedirs(self._output_dir)
        with fileio.open(f"{self._output_dir}/{self._output_filename}", "w") as file:
            if self._vertex:
                file.write(json.dumps(documents[0], sort_keys=True))
            else:
                file.write(yaml.safe_dump_all(documents, sort_keys=True))


def compile_retraining(config: PipelineConfig, output: Path) -> None:
    """Writes the package of the pipeline as a schedule runs it.

    Args:
      config: the settings; paths in it are those that the steps see.
      output: the file.

    Raises:
      ConfigError: if the settings do not fit the engine.
    """
    config = begin_warm(config)
    PackageRunner(config, output, by_clock=True).run(make_pipeline(config))


def compile_pipeline(config: PipelineConfig, output: Path, *, vertex: bool = False) -> None:
    """Writes the package of the pipeline.

    Args:
      config: the settings; paths in it are those that the steps see.
      output: the file.
      vertex: compiles for Vertex AI.

    Raises:
      ConfigError: if the settings do not fit the engine.
    """
    PackageRunner(config, output, vertex=vertex).run(make_pipeline(config, vertex=vertex))


def compile_from_environment(*, vertex: bool = False) -> int:
    """Compiles what UTKFACE_CONFIG names for `tfx`, and returns an exit code.

    A command of `tfx` decides where the package goes.
    """
    try:
        config = load_config_of_environment()
        PackageRunner(config, vertex=vertex).run(make_pipeline(config, vertex=vertex))
    except Exception as error:
        code, message = explain(error)
        print(message, file=sys.stderr)
        return code
    return 0


def make_pipeline(config: PipelineConfig, *, vertex: bool = False) -> tfx.dsl.Pipeline:
    """Builds the pipeline with the places and the resources of a cluster.

    Raises:
      ConfigError: if the settings do not fit the engine.
    """
    settings = config.kubeflow
    if vertex and not settings.pipeline_root.startswith("gs://"):
        raise ConfigError(
            "kubeflow.pipeline_root: expected a gs:// folder, the only one that Vertex AI takes; "
            f"found {settings.pipeline_root!r}"
        )
    if config.notify.webhook is not None and settings.webhook is None:
        raise ConfigError(
            "kubeflow.webhook: expected the secret with the URL of notify.webhook, such as "
            "{name: utkface-webhook, key: url}: whoever sees the package could read the URL in it"
        )
    return create_pipeline(config, _destinations(config), RunParameters.adjustable(config))


def _destinations(config: PipelineConfig) -> Destinations:
    settings = config.kubeflow
    beside = f"{settings.pipeline_root.rstrip('/')}/{config.pipeline_name}"
    return Destinations(
        pipeline_root=settings.pipeline_root,
        serving=settings.serving or f"{beside}/serving",
        history=settings.history or f"{beside}/history",
        checkpoints=f"{beside}/checkpoints",
        schema_file=settings.schema_file,
    )
