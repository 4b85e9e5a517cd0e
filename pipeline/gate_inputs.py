"""Inputs of the data gate: statistics options, and the drift and skew comparisons."""

import hashlib

import tensorflow_data_validation as tfdv
from tfx.types import Channel
from tfx_bsl.public.proto import slicing_spec_pb2

from components.data_gate.checks.compared_features import COMPARED, Histogram
from components.data_gate.checks.settings import DistanceLimits, GateSettings
from components.data_gate.slice_statistics import SLICES
from components.drift_validator.component import DriftValidator
from components.skew_validator.component import SkewValidator
from trainer import features


def make_drift_validator(
    gate: GateSettings, statistics: Channel, accepted: Channel
) -> DriftValidator:
    """Compares the train split alone: in smaller splits, chance outweighs drift."""
    return DriftValidator(
        statistics=statistics,
        baseline_statistics=accepted,
        distances=_distances(gate.drift),
        split_pairs=[("train", "train")],
    ).with_id("DriftValidator")


def make_skew_validator(gate: GateSettings, statistics: Channel) -> SkewValidator:
    """Compares the labels of the other splits with those of the train split."""
    return SkewValidator(
        statistics=statistics,
        distances=_distances(gate.skew),
        split_pairs=[(split, "train") for split in features.SPLITS if split != "train"],
    ).with_id("SkewValidator")


def digest_schema(schema_file: str) -> str:
    """Returns the SHA-256 of a schema, 64 hexadecimal digits."""
    schema = tfdv.load_schema_text(schema_file)
    return hashlib.sha256(schema.SerializeToString(deterministic=True)).hexdigest()


def make_stats_options(schema_file: str) -> tfdv.StatsOptions:
    """Returns options that add slices to the statistics and skip the image bytes."""
    schema = tfdv.load_schema_text(schema_file)
    selected = [feature for feature in schema.feature if feature.name in features.STATISTICS_KEYS]
    del schema.feature[:]
    schema.feature.extend(selected)
    schema.ClearField("tensor_representation_group")
    return tfdv.StatsOptions(
        schema=schema,
        experimental_filter_read_paths=True,
        slicing_config=slicing_spec_pb2.SlicingConfig(
            slicing_specs=[
                {"feature_keys": [attribute.key for attribute in attributes]}
                for attributes in SLICES
            ]
        ),
    )


def _distances(limits: DistanceLimits) -> dict[str, tuple[Histogram | None, float]]:
    """Returns, per feature, the histogram to compare and the distance that warns."""
    warns = {name: limits.of(name).warn for name in type(limits).model_fields}
    return {
        name: (COMPARED[name].histogram, 1.0 if warn is None else warn)
        for name, warn in warns.items()
    }
