"""DriftValidator: compares distributions with those of another span, or of another split."""

from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf import json_format
from tensorflow_metadata.proto.v0 import path_pb2, schema_pb2
from tfx import types
from tfx.components import DistributionValidator
from tfx.components.distribution_validator import executor as stock
from tfx.dsl.components.base import executor_spec
from tfx.proto import distribution_validator_pb2 as validator_pb2
from tfx.types import standard_component_specs as specs

from components.history.artifact import FOUND

_HISTOGRAMS = {
    "standard": schema_pb2.HistogramSelection.STANDARD,
    "quantiles": schema_pb2.HistogramSelection.QUANTILES,
}


class Executor(stock.Executor):
    """TFX's executor, which takes an empty baseline for a fault and its own settings for text."""

    def Do(
        self,
        input_dict: dict[str, list[types.Artifact]],
        output_dict: dict[str, list[types.Artifact]],
        exec_properties: dict[str, Any],
    ) -> Any:
        """Compares the statistics; where there is no baseline, nothing is compared.

        Args:
          input_dict: `statistics` and `baseline_statistics`; the latter may be of
            HistoryLookup, which found none if its property `found` is 0.
          output_dict: `anomalies`.
          exec_properties: as of TFX's DistributionValidator.
        """
        (baseline,) = input_dict[specs.BASELINE_STATISTICS_KEY]
        if baseline.has_custom_property(FOUND) and not baseline.get_int_custom_property(FOUND):
            input_dict = {**input_dict, specs.BASELINE_STATISTICS_KEY: []}
        config = exec_properties[specs.DISTRIBUTION_VALIDATOR_CONFIG_KEY]
        # TFX's entry point on Kubeflow Pipelines hands it on as it was written down.
        if isinstance(config, str):
            config = json_format.Parse(config, validator_pb2.DistributionValidatorConfig())
        return super().Do(
            input_dict,
            output_dict,
            {**exec_properties, specs.DISTRIBUTION_VALIDATOR_CONFIG_KEY: config},
        )


class SkewExecutor(Executor):
    """Under another name: Kubeflow Pipelines takes steps that run the same for one."""


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
        categories: Mapping[str, float],
        histograms: Mapping[str, tuple[str, float]],
        split_pairs: Sequence[tuple[str, str]],
    ):
        """Constructs the component.

        Args:
          statistics: of this run.
          baseline_statistics: what they are compared with.
          categories: of features that take few values, the greatest difference between two
            shares of a value (L-infinity, 0 to 1) that is no anomaly.
          histograms: of other features, the histogram that tells most ("standard" or
            "quantiles"), and the greatest Jensen-Shannon divergence (0 to 1) of two.
          split_pairs: a split of this run and one of the baseline.
        """
        features = [
            _comparator(name, schema_pb2.FeatureComparator(infinity_norm={"threshold": most}))
            for name, most in categories.items()
        ]
        for name, (histogram, most) in histograms.items():
            divergence = schema_pb2.JensenShannonDivergence(
                threshold=most, source={"type": _HISTOGRAMS[histogram]}
            )
            features.append(
                _comparator(
                    name, schema_pb2.FeatureComparator(jensen_shannon_divergence=divergence)
                )
            )
        super().__init__(
            statistics=statistics,
            baseline_statistics=baseline_statistics,
            config=validator_pb2.DistributionValidatorConfig(
                default_slice_config={"feature": features}
            ),
            include_split_pairs=list(split_pairs),
        )


class SkewValidator(DriftValidator):
    """Measures how far splits of the same run are from each other."""

    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(SkewExecutor)


def _comparator(
    name: str, comparator: schema_pb2.FeatureComparator
) -> validator_pb2.FeatureComparator:
    return validator_pb2.FeatureComparator(
        path=path_pb2.Path(step=[name]), distribution_comparator=comparator
    )
