"""The configuration and the executor of TFX's DistributionValidator."""

from collections.abc import Mapping
from typing import Any

from google.protobuf import json_format
from tensorflow_metadata.proto.v0 import path_pb2, schema_pb2
from tfx import types
from tfx.components.distribution_validator import executor as stock
from tfx.proto import distribution_validator_pb2 as validator_pb2
from tfx.types import standard_component_specs as specs

from components.data_gate.checks.compared_features import Histogram
from components.history.artifact import FOUND

_HISTOGRAMS: dict[Histogram, int] = {
    "standard": schema_pb2.HistogramSelection.STANDARD,
    "quantiles": schema_pb2.HistogramSelection.QUANTILES,
}


class ComparisonExecutor(stock.Executor):
    """TFX's executor, which also accepts its config as JSON, as Kubeflow Pipelines passes it."""

    def Do(
        self,
        input_dict: dict[str, list[types.Artifact]],
        output_dict: dict[str, list[types.Artifact]],
        exec_properties: dict[str, Any],
    ) -> Any:
        """Compares two statistics, as TFX's DistributionValidator does.

        Args:
          input_dict: `statistics` and `baseline_statistics`. Without a baseline, the splits of
            `statistics` are compared. If the baseline's property `found` is 0, nothing is compared.
          output_dict: `anomalies`.
          exec_properties: properties of TFX's DistributionValidator.
        """
        statistics = input_dict[specs.STATISTICS_KEY]
        (baseline,) = input_dict.get(specs.BASELINE_STATISTICS_KEY, statistics)
        # TFX would treat HistoryLookup's empty baseline as an error.
        is_empty = baseline.has_custom_property(FOUND) and not baseline.get_int_custom_property(
            FOUND
        )
        config = exec_properties[specs.DISTRIBUTION_VALIDATOR_CONFIG_KEY]
        if isinstance(config, str):
            config = json_format.Parse(config, validator_pb2.DistributionValidatorConfig())
        return super().Do(
            {**input_dict, specs.BASELINE_STATISTICS_KEY: [] if is_empty else [baseline]},
            output_dict,
            {**exec_properties, specs.DISTRIBUTION_VALIDATOR_CONFIG_KEY: config},
        )


def make_comparison_config(
    distances: Mapping[str, tuple[Histogram | None, float]],
) -> validator_pb2.DistributionValidatorConfig:
    """Returns the config that compares these features.

    Args:
      distances: for each feature, the histogram whose Jensen-Shannon divergence is measured, or
        None for the largest change of a share (L-infinity); and the largest distance (0 to 1)
        that is not an anomaly.
    """
    features = [
        validator_pb2.FeatureComparator(
            path=path_pb2.Path(step=[name]), distribution_comparator=_comparator(histogram, most)
        )
        for name, (histogram, most) in distances.items()
    ]
    return validator_pb2.DistributionValidatorConfig(default_slice_config={"feature": features})


def _comparator(histogram: Histogram | None, most: float) -> schema_pb2.FeatureComparator:
    if histogram is None:
        return schema_pb2.FeatureComparator(infinity_norm={"threshold": most})
    divergence = schema_pb2.JensenShannonDivergence(
        threshold=most, source={"type": _HISTOGRAMS[histogram]}
    )
    return schema_pb2.FeatureComparator(jensen_shannon_divergence=divergence)
