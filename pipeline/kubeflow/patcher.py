"""Makes a pipeline file compile into what open-source Kubeflow Pipelines takes."""

import os
from collections.abc import MutableMapping
from typing import Any

from tfx.tools.cli.handler import kubeflow_v2_dag_runner_patcher

_FILE = "pipeline.yaml"


class PackagePatcher(kubeflow_v2_dag_runner_patcher.KubeflowV2DagRunnerPatcher):
    """Has TFX's runner write a specification of schema 2.1.0 as YAML.

    By itself it writes one of 2.0.0 inside a job in JSON, for Vertex AI. The suffix of
    the file's name decides which.

    Args:
      folder: where to; the folder and the name that the runner was given unless named.
    """

    def __init__(self, folder: str | None = None) -> None:
        super().__init__(call_real_run=True)
        self._folder = folder

    def _before_run(self, runner: Any, pipeline: Any, context: MutableMapping[str, Any]) -> None:
        super()._before_run(runner, pipeline, context)
        runner._config.use_pipeline_spec_2_1 = True
        if self._folder:
            runner._output_dir = self._folder
        if self._folder or not runner._output_filename.endswith((".yaml", ".yml")):
            runner._output_filename = _FILE
        context[self.OUTPUT_FILE_PATH] = os.path.join(  # noqa: PTH118 - may be on a bucket
            runner._output_dir, runner._output_filename
        )
