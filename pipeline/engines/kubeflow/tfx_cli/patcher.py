"""Makes a pipeline file compile into a package for open-source Kubeflow Pipelines."""

from collections.abc import MutableMapping
from typing import Any

import yaml
from tfx.dsl.io import fileio
from tfx.tools.cli.handler import kubeflow_v2_dag_runner_patcher

from pipeline.compat import tfx_internals

_FILE = "pipeline.yaml"


class PackagePatcher(kubeflow_v2_dag_runner_patcher.KubeflowV2DagRunnerPatcher):
    """Makes TFX's runner write a specification of schema 2.1.0 as YAML.

    By default the runner writes a specification of schema 2.0.0 inside a JSON job, for Vertex AI.
    The suffix of the file name decides between the two.

    Args:
      folder: the output folder; by default the folder and the name that the runner has.
    """

    def __init__(self, folder: str | None = None) -> None:
        super().__init__(call_real_run=True)
        self._folder = folder

    def _before_run(self, runner: Any, pipeline: Any, context: MutableMapping[str, Any]) -> None:
        super()._before_run(runner, pipeline, context)
        tfx_internals.write_schema_2_1(runner)
        tfx_internals.redirect(runner, folder=self._folder)
        if self._folder or not tfx_internals.output_of(runner).endswith((".yaml", ".yml")):
            tfx_internals.redirect(runner, file=_FILE)
        context[self.OUTPUT_FILE_PATH] = tfx_internals.output_of(runner)

    def _after_run(self, runner: Any, pipeline: Any, context: MutableMapping[str, Any]) -> None:
        super()._after_run(runner, pipeline, context)
        package, root = context[self.OUTPUT_FILE_PATH], context[self.PIPELINE_ROOT]
        # Our own runner writes later, and sets the root itself.
        if root and fileio.exists(package):
            _name_root(package, root)


def _name_root(package: str, root: str) -> None:
    """Adds the root of the artifacts to a specification that lacks it.

    TFX writes the pipeline root only into the job for Vertex AI.
    """
    with fileio.open(package) as file:
        spec, *others = yaml.safe_load_all(file.read())
    if "defaultPipelineRoot" not in spec:
        spec["defaultPipelineRoot"] = root
        with fileio.open(package, "w") as file:
            file.write(yaml.safe_dump_all([spec, *others]))
