"""Compiles the pipeline into a job for Vertex AI Pipelines."""

import json
from typing import Any

from pipeline.engines.kubeflow.compiling.resources import set_resources
from pipeline.engines.kubeflow.compiling.runner import PackageRunner
from pipeline.engines.kubeflow.pod.staging import NO_STAGING
from pipeline.engines.kubeflow.specs import spec as specs
from pipeline.settings.config import ConfigError
from pipeline.settings.kubeflow_steps import TRAINER, resolve_step
from pipeline.settings.reserved_variables import STAGING_VARIABLE


class VertexRunner(PackageRunner):
    """Compiles for Vertex AI, which takes a JSON job without Kubernetes settings."""

    package_file = "pipeline.json"

    def compile(self) -> None:
        """Writes the job of the pipeline.

        Raises:
          ConfigError: if the settings do not fit the engine.
        """
        root = self.settings.kubeflow.pipeline_root
        if not root.startswith("gs://"):
            raise ConfigError(
                "kubeflow.pipeline_root: expected a gs:// folder, the only one that Vertex AI "
                f"takes; found {root!r}"
            )
        super().compile()

    def finish(self, spec: dict[str, Any]) -> tuple[dict[str, Any], ...]:
        self.complete(spec)
        # TensorFlow reads gs:// itself, and Vertex AI stages no artifacts.
        specs.set_environment(spec, {STAGING_VARIABLE: NO_STAGING})
        specs.pass_inputs_to_containers(spec)
        settings = self.settings.kubeflow
        step = resolve_step(TRAINER, settings.steps)
        gpu = step.model_copy(update={"accelerator": settings.vertex_accelerator})
        set_resources(spec, {TRAINER: gpu})
        return ()

    @staticmethod
    def to_text(*documents: dict[str, Any]) -> str:
        (job,) = documents
        return json.dumps(job, sort_keys=True)
