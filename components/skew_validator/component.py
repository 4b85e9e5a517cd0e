"""SkewValidator: compares the distributions of the splits of a run."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from tfx import types
from tfx.dsl.components.base import base_component, executor_spec
from tfx.types import component_spec, standard_artifacts
from tfx.types import standard_component_specs as specs
from tfx.utils import json_utils

from components.data_gate.checks.compared_features import Histogram
from components.drift_validator.comparison import ComparisonExecutor, make_comparison_config

_STOCK = specs.DistributionValidatorSpec


class SkewValidatorSpec(component_spec.ComponentSpec):
    """The spec of TFX's DistributionValidator, with a single input.

    Kubeflow Pipelines cannot run a step with the same artifact as two inputs.
    """

    PARAMETERS = _STOCK.PARAMETERS
    INPUTS: ClassVar = {specs.STATISTICS_KEY: _STOCK.INPUTS[specs.STATISTICS_KEY]}
    OUTPUTS = _STOCK.OUTPUTS


class SkewValidator(base_component.BaseComponent):
    """Measures how far splits of the same run are from each other; DataGate decides.

    Component `outputs` contains:
      - `anomalies`: see DriftValidator.
    """

    SPEC_CLASS = SkewValidatorSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(ComparisonExecutor)

    def __init__(
        self,
        *,
        statistics: types.BaseChannel,
        distances: Mapping[str, tuple[Histogram | None, float]],
        split_pairs: Sequence[tuple[str, str]],
    ):
        """Constructs the component.

        Args:
          statistics: statistics of this run.
          distances: see make_comparison_config.
          split_pairs: pairs of a split and the split to compare it with.
        """
        super().__init__(
            spec=SkewValidatorSpec(
                statistics=statistics,
                distribution_validator_config=make_comparison_config(distances),
                include_split_pairs=json_utils.dumps(list(split_pairs)),
                anomalies=types.Channel(type=standard_artifacts.ExampleAnomalies),
            )
        )
