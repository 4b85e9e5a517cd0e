"""The component and its executor."""

from typing import Any

from tfx import types
from tfx.components import BulkInferrer
from tfx.components.bulk_inferrer import executor
from tfx.dsl.components.base import executor_spec
from tfx.types import standard_component_specs as specs

from components.model_digests import check_digests


class Executor(executor.Executor):
    """TFX's executor; it runs after the check."""

    def Do(
        self,
        input_dict: dict[str, list[types.Artifact]],
        output_dict: dict[str, list[types.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Predicts; see tfx.components.bulk_inferrer.executor.Executor.

        Raises:
          InputError: if a file of the model is not as it was recorded.
        """
        for model in input_dict[specs.MODEL_KEY]:
            check_digests(model)
        super().Do(input_dict, output_dict, exec_properties)


class VerifiedBulkInferrer(BulkInferrer):
    """Predicts with a model whose files are those that were recorded."""

    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(Executor)
