"""DriftValidator: compares the distributions of this run with the distributions of a baseline."""

from collections.abc import Mapping, Sequence

from tfx import types
from tfx.components import DistributionValidator
from tfx.dsl.components.base import executor_spec

from components.data_gate.checks.compared_features import Histogram
from components.drift_validator.comparison import ComparisonExecutor, make_comparison_config


class DriftValidator(DistributionValidator):
    """Measures how far features have moved; DataGate decides on the distances.

    Component `outputs` contains:
      - `anomalies`: ExampleAnomalies with a folder `SplitPair-CURRENT_BASELINE` per pair, whose
        `drift_skew_info` holds each measured distance.
    """

    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(ComparisonExecutor)

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
          statistics: statistics of this run.
          baseline_statistics: statistics to compare with; another artifact.
          distances: see make_comparison_config.
          split_pairs: pairs of a split of this run and a split of the baseline.
        """
        super().__init__(
            statistics=statistics,
            baseline_statistics=baseline_statistics,
            config=make_comparison_config(distances),
            include_split_pairs=list(split_pairs),
        )
