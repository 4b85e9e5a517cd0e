"""What TFX's DistributionValidator is told to compare, and how its executor is called."""

from collections.abc import Mapping
from typing import Any

from google.protobuf import json_format
from tensorflow_metadata.proto.v0 import path_pb2, schema_pb2
from tfx import types
from tfx.components.distribution_validator import executor as stock
from tfx.proto import distribution_validator_pb2 as validator_pb2
from tfx.types import standard_component_specs as specs

_HISTOGRAMS = {
    "standard": schema_pb2.HistogramSelection.STANDARD,
    "quantiles": schema_pb2.HistogramSelection.QUANTILES,
}


class ComparisonExecutor(stock.Executor):
    """TFX's executor, which on Kubeflow Pipelines takes its own settings for text."""

    def Do(
        self,
        input_dict: dict[str, list[types.Artifact]],
        output_dict: dict[str, list[types.Artifact]],
        exec_properties: dict[str, Any],
    ) -> Any:
        """Compares two statistics, as TFX's DistributionValidator does."""
        config = exec_properties[specs.DISTRIBUTION_VALIDATOR_CONFIG_KEY]
        if isinstance(config, str):
            config = json_format.Parse(config, validator_pb2.DistributionValidatorConfig())
        return super().Do(
            input_dict,
            output_dict,
            {**exec_properties, specs.DISTRIBUTION_VALIDATOR_CONFIG_KEY: config},
        )


def make_comparison_config(
    *, categories: Mapping[str, float], histograms: Mapping[str, tuple[str, float]]
) -> validator_pb2.DistributionValidatorConfig:
    """Returns the features to compare.

    Args:
      categories: of features that take few values, the greatest difference between two
        shares of a value (L-infinity, 0 to 1) that is no anomaly.
      histograms: of other features, the histogram that is compared ("standard" or "quantiles"),
        and the greatest Jensen-Shannon divergence (0 to 1) of two that is no anomaly.
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
            _comparator(name, schema_pb2.FeatureComparator(jensen_shannon_divergence=divergence))
        )
    return validator_pb2.DistributionValidatorConfig(default_slice_config={"feature": features})


def _comparator(
    name: str, comparator: schema_pb2.FeatureComparator
) -> validator_pb2.FeatureComparator:
    return validator_pb2.FeatureComparator(
        path=path_pb2.Path(step=[name]), distribution_comparator=comparator
    )
