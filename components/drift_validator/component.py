"""DriftValidator: compares the distributions of this run with those of another span."""

from collections.abc import Mapping, Sequence
from typing import Any

from tfx import types
from tfx.components import DistributionValidator
from tfx.dsl.components.base import executor_spec
from tfx.types import standard_component_specs as specs

from components.data_gate.compared import Histogram
from components.drift_validator.comparison import ComparisonExecutor, make_comparison_config
from components.history.artifact import FOUND


class Executor(ComparisonExecutor):
    """Compares with the baseline of HistoryLookup, which may be empty."""

    def Do(
        self,
        input_dict: dict[str, list[types.Artifact]],
        output_dict: dict[str, list[types.Artifact]],
        exec_properties: dict[str, Any],
    ) -> Any:
        """Compares the statistics; where there is no baseline, nothing is compared.

        Args:
          input_dict: `statistics` and `baseline_statistics`; the property `found` of the latter is
            0 if there is no baseline, which TFX's executor takes for a fault.
          output_dict: `anomalies`.
          exec_properties: as of TFX's DistributionValidator.
        """
        (baseline,) = input_dict[specs.BASELINE_STATISTICS_KEY]
        if baseline.has_custom_property(FOUND) and not baseline.get_int_custom_property(FOUND):
            input_dict = {**input_dict, specs.BASELINE_STATISTICS_KEY: []}
        return super().Do(input_dict, output_dict, exec_properties)


class DriftValidator(DistributionValidator):
    """Measures how far features have moved; DataGate decides what that means.

    Component `outputs` contains:
      - `anomalies`: ExampleAnomalies with a folder `SplitPair-CURRENT_BASELINE` a pair, whose
        `drift_skew_info` holds each distance measured.
    """

    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(
        self,
        *,
        statistics: types.BaseChannel,
        baseline_statistics: types.BaseChannel,
        distances: Mapping[str, tuple[Histogram | None, float]],
        split_pairs: Sequence[tuple[str, str]],
    ):
        """Constructs the component.

        Args:
          statistics: of this run.
          baseline_statistics: what they are compared with; another artifact.
          distances: see make_comparison_config.
          split_pairs: a split of this run and one of the baseline.
        """
        super().__init__(
            statistics=statistics,
            baseline_statistics=baseline_statistics,
            config=make_comparison_config(distances),
            include_split_pairs=list(split_pairs),
        )
