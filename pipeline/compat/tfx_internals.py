"""Private parts of TFX.

- `kubeflow_v2_entrypoint_utils._get_hashed_id`: TFX's entry point numbers models by it, and turns
  only the Evaluator's numbers back into names.
- `KubeflowV2DagRunner._config`, `_output_dir`, `_output_filename`: TFX's own command redirects a
  runner by setting them; there is no other way.

`tests/pipeline/compat` fails if a release drops or renames one of them.
"""

import os
from typing import Any

from tfx.orchestration.kubeflow.v2.container import kubeflow_v2_entrypoint_utils


def number_of_artifact(name: str) -> int:
    """Returns the number by which TFX's entry point calls an artifact."""
    return int(kubeflow_v2_entrypoint_utils._get_hashed_id(name, {}))


def output_of(runner: Any) -> str:
    """Returns the path that a compiling runner writes to; may be on an object store."""
    return os.path.join(  # noqa: PTH118 - may be on a bucket
        runner._output_dir, runner._output_filename
    )


def redirect(runner: Any, *, folder: str | None = None, file: str | None = None) -> None:
    """Changes where a compiling runner writes to."""
    if folder:
        runner._output_dir = folder
    if file:
        runner._output_filename = file


def write_schema_2_1(runner: Any) -> None:
    """Makes a compiling runner write a specification of schema 2.1.0."""
    runner._config.use_pipeline_spec_2_1 = True
