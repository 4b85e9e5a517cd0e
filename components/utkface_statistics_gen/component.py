"""UtkFaceStatisticsGen: TFX's StatisticsGen whose statistics are the same on each run."""

from typing import Any

from tfx import types
from tfx.components.statistics_gen import executor
from tfx.components.statistics_gen.component import StatisticsGen
from tfx.dsl.components.base import executor_spec

from components.beam_batches import batches_by_size


class Executor(executor.Executor):
    """TFX's own, with batches that do not depend on how fast the machine is."""

    def Do(
        self,
        input_dict: dict[str, list[types.Artifact]],
        output_dict: dict[str, list[types.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes statistics; see tfx.components.statistics_gen.executor.Executor."""
        with batches_by_size():
            super().Do(input_dict, output_dict, exec_properties)


class UtkFaceStatisticsGen(StatisticsGen):
    """Describes each split of the examples; the same ones in the same way, byte for byte."""

    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(Executor)
