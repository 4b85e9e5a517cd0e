"""UtkFaceStatisticsGen: TFX's StatisticsGen with statistics that are the same in each run."""

from typing import Any

from tfx import types
from tfx.components.statistics_gen import executor
from tfx.components.statistics_gen.component import StatisticsGen
from tfx.dsl.components.base import executor_spec

from components.beam_batches import batches_by_size


class Executor(executor.Executor):
    """TFX's executor, with batches that do not depend on the speed of the machine."""

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
    """Computes statistics of each split; equal examples give equal bytes."""

    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(Executor)
