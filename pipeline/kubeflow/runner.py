"""Compiles the pipeline into a package that open-source Kubeflow Pipelines 2 runs."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from kfp.pipeline_spec import pipeline_spec_pb2
from tfx import v1 as tfx
from tfx.dsl.io import fileio
from tfx.orchestration.kubeflow.v2 import kubeflow_v2_dag_runner

from pipeline.config import ConfigError, PipelineConfig, load_config_of_environment
from pipeline.create_pipeline import Destinations, create_pipeline
from pipeline.exit_codes import explain
from pipeline.kubeflow import spec as specs
from pipeline.kubeflow.platform import platform_spec
from pipeline.kubeflow.retraining_spec import wait_for_data
from pipeline.kubeflow.staging import NO_STAGING, STAGING_VARIABLE
from pipeline.retrain.warm import begin_warm
from pipeline.run_parameters import RunParameters

PACKAGE_FILE = "pipeline.yaml"
_TRAINER = "Trainer"
_COMMAND = ("python", "-m", "pipeline.kubeflow.entrypoint")
_CHOICE_COMMAND = ("python", "-m", "pipeline.kubeflow.span_choice")


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
        self._finish(spec)
        if write_out:
            self._write([job] if self._vertex else [spec, self._platform(spec)])
        return job

    def _finish(self, spec: dict[str, Any]) -> None:
        settings = self._settings.kubeflow
        spec["defaultPipelineRoot"] = settings.pipeline_root
        specs.drop_drivers(spec)
        specs.set_defaults(spec, vars(RunParameters.fixed(self._settings)))
        # TensorFlow reads gs:// itself, and Vertex AI stages nothing.
        variables = {STAGING_VARIABLE: NO_STAGING} if self._vertex else settings.env
        specs.set_environment(spec, variables)
        specs.tell_containers_their_inputs(spec)
        if not self._vertex:
            specs.make_image_a_parameter(spec, settings.image)
        if self._by_clock:
            wait_for_data(
                spec,
                command=_CHOICE_COMMAND,
                arguments=(
                    "--history",
                    _destinations(self._settings).history,
                    "--settings",
                    self._settings.retrain.model_dump_json(),
                ),
                environment=variables,
            )

    def _platform(self, spec: dict[str, Any]) -> dict[str, Any]:
        return platform_spec(spec, self._settings.kubeflow, trainer=_TRAINER)

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
    parameters = RunParameters.adjustable(config)
    pipeline = create_pipeline(config, _destinations(config), parameters)
    (trainer,) = (node for node in pipeline.components if node.id == _TRAINER)
    resources = settings.trainer
    accelerator = settings.vertex_accelerator if vertex else resources.accelerator
    container = pipeline_spec_pb2.PipelineDeploymentConfig.PipelineContainerSpec
    trainer.with_platform_config(
        container.ResourceSpec(
            cpu_limit=resources.cpu,
            memory_limit=resources.memory_gb,
            accelerator=container.ResourceSpec.AcceleratorConfig(
                type=accelerator, count=resources.gpus
            )
            if resources.gpus
            else None,
        )
    )
    return pipeline


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
