"""UtkFaceStatisticsGen: TFX's StatisticsGen whose statistics are the same on each run."""

from typing import Any

from absl import flags
from tfx import types
from tfx.components.statistics_gen import executor
from tfx.components.statistics_gen.component import StatisticsGen
from tfx.dsl.components.base import executor_spec
from tfx_bsl.coders import batch_util  # noqa: F401 - defines the flag

# TFX's sources of examples take it from absl's flags, and offer no other way to it.
_BY_SIZE = "tfxio_use_byte_size_batching"


class Executor(executor.Executor):
    """TFX's own, with batches of so many bytes.

    Its default is as many examples as a second is enough for. Sums of floats then differ in their
    last digits from run to run.
    """

    def Do(
        self,
        input_dict: dict[str, list[types.Artifact]],
        output_dict: dict[str, list[types.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes statistics; see tfx.components.statistics_gen.executor.Executor."""
        by_size = flags.FLAGS[_BY_SIZE].default
        flags.FLAGS.set_default(_BY_SIZE, True)
        try:
            super().Do(input_dict, output_dict, exec_properties)
        finally:
            flags.FLAGS.set_default(_BY_SIZE, by_size)


class UtkFaceStatisticsGen(StatisticsGen):
    """Describes each split of the examples; the same ones in the same way, byte for byte."""

    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(Executor)
