"""Compiles the pipeline into a package for open-source Kubeflow Pipelines 2."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from tfx.orchestration.kubeflow.v2 import kubeflow_v2_dag_runner
from tfx.orchestration.pipeline import Pipeline

from components.storage import files
from pipeline.compat import tfx_internals
from pipeline.console.exit_codes import explain
from pipeline.create_pipeline import Destinations, create_pipeline
from pipeline.engines.kubeflow.compiling.added_steps import (
    RUN_REPORT,
    add_displays,
    add_preflight,
    report_at_the_end,
)
from pipeline.engines.kubeflow.compiling.inputs import refuse_artifacts_taken_twice
from pipeline.engines.kubeflow.compiling.platform import platform_spec
from pipeline.engines.kubeflow.compiling.resources import resolve_steps, set_resources, set_retries
from pipeline.engines.kubeflow.pod.run_records import records_folder
from pipeline.engines.kubeflow.specs import spec as specs
from pipeline.engines.kubeflow.specs.retraining_spec import wait_for_data
from pipeline.run_parameters import RunParameters
from pipeline.settings.config import ConfigError, PipelineConfig, load_config_of_environment
from pipeline.settings.reserved_variables import RECORDS_VARIABLE, TIMEOUT_VARIABLE

_COMMAND = ("python", "-m", "pipeline.engines.kubeflow.pod.entrypoint")


class PackageRunner(kubeflow_v2_dag_runner.KubeflowV2DagRunner):
    """Compiles a pipeline for Kubeflow Pipelines, and adds what TFX's compiler omits.

    It is a subclass, so that the `tfx` command recognises it.

    Attributes:
      package_file: the default name of the package in the working folder.
    """

    package_file = "pipeline.yaml"

    def __init__(self, config: PipelineConfig, output: Path | None = None):
        """Creates a runner.

        Args:
          config: the settings; the paths are paths in the steps.
          output: the path of the package.
        """
        output = output or Path(self.package_file).absolute()
        super().__init__(
            config=kubeflow_v2_dag_runner.KubeflowV2DagRunnerConfig(
                default_image=config.kubeflow.image,
                default_commands=list(_COMMAND),
                use_pipeline_spec_2_1=True,
            ),
            output_dir=str(output.parent),
            output_filename=output.name,
        )
        self.settings = config

    def compile(self) -> None:
        """Writes the package of the pipeline.

        Raises:
          ConfigError: if the settings do not fit the engine.
        """
        settings = self.settings
        if settings.notify.webhook is not None and settings.kubeflow.webhook is None:
            raise ConfigError(
                "kubeflow.webhook: expected the secret with the URL of notify.webhook, such as "
                "{name: utkface-webhook, key: url}: whoever sees the package could read the URL "
                "in it"
            )
        # More processes need more memory than a step asks for.
        ingest = settings.ingest.model_copy(update={"workers": settings.ingest.workers or 1})
        settings = settings.model_copy(update={"ingest": ingest})
        places, parameters = destinations(settings), RunParameters.adjustable(settings)
        self.run(create_pipeline(settings, places, parameters))

    def run(
        self,
        pipeline: Pipeline,
        parameter_values: dict[str, Any] | None = None,
        write_out: bool | None = True,
    ) -> dict[str, Any]:
        """Compiles a pipeline made of RunParameters.adjustable.

        Args:
          pipeline: the pipeline; it must have no Resolver and no Importer.
          parameter_values: see TFX's runner.
          write_out: whether to write the package.

        Returns:
          The job, with the finished specification in `pipelineSpec`; empty if a `tfx` command
          deferred the compilation.
        """
        job = super().run(pipeline, parameter_values, write_out=False)
        if not job:
            return {}
        documents = self.finish(job["pipelineSpec"])
        if write_out:
            self.write(*(documents or (job,)))
        return job

    def finish(self, spec: dict[str, Any]) -> tuple[dict[str, Any], ...]:
        """Finishes a specification in place.

        Returns:
          The documents to write: the specification and the Kubernetes settings; empty to write
          the job.
        """
        settings = self.settings.kubeflow
        self.complete(spec)
        specs.pass_inputs_to_containers(spec)
        specs.add_image_parameter(spec, settings.image)
        add_displays(spec)
        places = destinations(self.settings)
        self.add_first_step(
            spec,
            (
                *("--root", places.pipeline_root),
                *("--folder", places.history),
                *("--folder", places.serving),
            ),
        )
        self._add_last_step(spec)
        specs.pass_image(spec)
        specs.pass_run_id(spec)
        specs.set_environment(
            spec,
            {
                **settings.env,
                RECORDS_VARIABLE: records_folder(places.history),
                TIMEOUT_VARIABLE: f"{settings.run_timeout_hours:g}",
            },
        )
        steps = resolve_steps(spec, settings)
        set_resources(spec, steps)
        set_retries(spec, steps, settings)
        return spec, platform_spec(spec, settings, steps, reporter=RUN_REPORT)

    def complete(self, spec: dict[str, Any]) -> None:
        """Adds what every backend needs."""
        # Only the form of the user interface reads it; the commands send it with each run.
        spec["defaultPipelineRoot"] = self.settings.kubeflow.pipeline_root
        specs.drop_drivers(spec)
        specs.set_defaults(spec, vars(RunParameters.fixed(self.settings)))
        refuse_artifacts_taken_twice(spec)

    def add_first_step(self, spec: dict[str, Any], stores: Sequence[str]) -> None:
        """Adds the step that runs before all others.

        Args:
          spec: the specification, changed in place.
          stores: arguments that name the folders that a run writes to.
        """
        add_preflight(spec, stores)

    def _add_last_step(self, spec: dict[str, Any]) -> None:
        config, places = self.settings, destinations(self.settings)
        report_at_the_end(
            spec,
            (
                *("--pipeline", config.pipeline_name),
                *("--root", places.pipeline_root),
                *("--history", places.history),
                # The URL is secret, and comes from a Kubernetes secret.
                *("--notify", config.notify.model_dump_json(exclude={"webhook"})),
            ),
        )

    def write(self, *documents: dict[str, Any]) -> None:
        """Writes the package to the output path, which a `tfx` command may have changed."""
        with files.create(tfx_internals.output_of(self)) as file:
            file.write(self.to_text(*documents).encode())

    @staticmethod
    def to_text(*documents: dict[str, Any]) -> str:
        return yaml.safe_dump_all(documents, sort_keys=True)


class RetrainingRunner(PackageRunner):
    """Compiles a pipeline for a schedule: it waits for new data and starts warm."""

    def __init__(self, config: PipelineConfig, output: Path | None = None):
        super().__init__(config.warm_started(), output)

    def add_first_step(self, spec: dict[str, Any], stores: Sequence[str]) -> None:
        places, settings = destinations(self.settings), self.settings.retrain
        choice = ("--history", places.history, "--settings", settings.model_dump_json())
        wait_for_data(spec, arguments=(*stores, *choice))


def compile_pipeline(config: PipelineConfig, output: Path) -> None:
    """Writes the package of the pipeline; see PackageRunner."""
    PackageRunner(config, output).compile()


def compile_retraining(config: PipelineConfig, output: Path) -> None:
    """Writes the package of the pipeline for a schedule; see RetrainingRunner."""
    RetrainingRunner(config, output).compile()


def compile_from_environment(runner: type[PackageRunner] = PackageRunner) -> int:
    """Compiles the pipeline with the settings in UTKFACE_CONFIG for `tfx`; returns an exit code.

    A `tfx` command decides where the package goes.
    """
    try:
        runner(load_config_of_environment()).compile()
    except Exception as error:
        code, message = explain(error)
        print(message, file=sys.stderr)
        return code
    return 0


def destinations(config: PipelineConfig) -> Destinations:
    """Returns the destinations on a cluster."""
    settings = config.kubeflow
    beside = f"{settings.pipeline_root.rstrip('/')}/{config.pipeline_name}"
    return Destinations(
        pipeline_root=settings.pipeline_root,
        serving=settings.serving or f"{beside}/serving",
        history=settings.history or f"{beside}/history",
        checkpoints=f"{beside}/checkpoints",
        schema_file=settings.schema_file,
    )
