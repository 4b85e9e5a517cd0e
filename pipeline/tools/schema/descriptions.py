"""Describes changes of a schema in plain words."""

from collections.abc import Sequence
from typing import Any

from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from pipeline.tools.schema.differences import Difference
from pipeline.tools.schema.statistics_files import Statistics, all_examples

_MOST_LISTED = 10
_FIELDS = {
    "type": "type",
    "domain": "list of allowed values",
    "int_domain.min": "minimum value",
    "int_domain.max": "maximum value",
    "float_domain.min": "minimum value",
    "float_domain.max": "maximum value",
    "presence.min_count": "minimum number of examples that have it",
    "presence.min_fraction": "minimum share of the examples that have it",
    "value_count.min": "minimum number of values in an example",
    "value_count.max": "maximum number of values in an example",
    "unique_constraints.min": "minimum number of different values",
    "unique_constraints.max": "maximum number of different values",
    "dataset_constraints.min_examples_count": "minimum number of examples in a split",
    "dataset_constraints.max_examples_count": "maximum number of examples in a split",
}


def describe(difference: Difference) -> str:
    """Describes the change of a field, without its feature: `maximum value 116 -> 120`."""
    name = _FIELDS.get(difference.field, difference.field)
    return f"{name} {_format(difference.before)} -> {_format(difference.after)}"


def describe_feature(
    feature: schema_pb2.Feature, difference: Difference, statistics: Statistics
) -> str:
    """Describes the change of a field of a feature, with a reason if the schema has none."""
    if difference.field == "lifecycle_stage":
        why = _why_retired(feature, statistics)
        return f"it would be retired and no longer checked: {why}"
    if difference.field == "shape" and difference.after is None:
        return "its shape is removed: not every example has that many values"
    description = describe(difference)
    if difference.field in ("int_domain.min", "int_domain.max"):
        is_minimum = difference.field == "int_domain.min"
        bound = feature.int_domain.min if is_minimum else feature.int_domain.max
        values = sorted(_categories(feature.name, statistics))
        new = [value for value in values if (value < bound if is_minimum else value > bound)]
        if new:
            return f"{describe_new_values(list(map(str, new)))} ({description})"
    return description


def describe_new_values(values: Sequence[str]) -> str:
    """Describes the values that are new: `value 7 is new`."""
    listed = ", ".join(values[:_MOST_LISTED])
    if len(values) > _MOST_LISTED:
        listed += f" and {len(values) - _MOST_LISTED} more"
    return f"value {listed} is new" if len(values) == 1 else f"values {listed} are new"


def _format(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_format(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_format, value)) + "]"
    return str(value).removesuffix(".0")


def _why_retired(feature: schema_pb2.Feature, statistics: Statistics) -> str:
    expected = schema_pb2.FeatureType.Name(feature.type)
    for split, measured in _of_feature(feature.name, statistics).items():
        kind = measured.WhichOneof("stats") if measured else None
        common = getattr(measured, kind).common_stats if kind else None
        if measured is None or common is None or not common.num_non_missing:
            return f"no example of the {split} split has it"
        type_name = statistics_pb2.FeatureNameStatistics.Type.Name(measured.type)
        if {"STRING": "BYTES"}.get(type_name, type_name) != expected:
            return f"its type is {expected} in the schema, and {type_name} in the {split} split"
    return "TFDV has no way to widen it"


def _categories(name: str, statistics: Statistics) -> set[int]:
    """Returns the values of a categorical integer, whose statistics count each value."""
    labels = {
        bucket.label
        for measured in _of_feature(name, statistics).values()
        if measured
        for bucket in measured.string_stats.rank_histogram.buckets
    }
    return {int(label) for label in labels if label.removeprefix("-").isdecimal()}


def _of_feature(
    name: str, statistics: Statistics
) -> dict[str, statistics_pb2.FeatureNameStatistics | None]:
    """Returns the statistics of a feature by split."""
    by_split = {}
    for split, proto in statistics.items():
        dataset = all_examples(proto)
        features = dataset.features if dataset else ()
        by_split[split] = next((item for item in features if name_of(item) == name), None)
    return by_split


def name_of(feature: statistics_pb2.FeatureNameStatistics) -> str:
    """Returns the name of a feature, with dots for a nested feature."""
    return feature.name or ".".join(feature.path.step)
