"""Reads the statistics of a split, slice by slice, for the checks and the page."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tensorflow_metadata.proto.v0 import statistics_pb2
from tfx import types
from tfx.types import artifact_utils

from components.split_statistics import read_split_statistics
from trainer.groups import ATTRIBUTES, INTERSECTION, Attribute
from trainer.tasks import CLASSES

ALL = ""
# The attributes whose values are slices, alone and combined; TFDV slices by codes.
SLICES = (*((attribute,) for attribute in ATTRIBUTES if attribute.key in CLASSES), INTERSECTION)
_DEFAULT_SLICE = "All Examples"


def _pattern(attributes: tuple[Attribute, ...]) -> re.Pattern[str]:
    """Returns a pattern for TFDV's slice names, KEY_CODE_KEY_CODE, with the keys sorted."""
    keys = sorted(attribute.key for attribute in attributes)
    return re.compile("_".join(rf"{key}_(?P<{key}>\d+)" for key in keys))


_PATTERNS = [(attributes, _pattern(attributes)) for attributes in SLICES]


@dataclass(frozen=True)
class Numbers:
    """Statistics of a numeric feature.

    Attributes:
      count: number of examples that have the feature.
      mean: mean of the feature.
      deviation: standard deviation of the feature.
      bins: histogram: lower bound, upper bound and examples of each bin.
    """

    count: float
    mean: float
    deviation: float
    bins: tuple[tuple[float, float, float], ...]


@dataclass(frozen=True)
class Slice:
    """The examples that share a value of an attribute, or of several attributes, or all examples.

    Attributes:
      examples: number of examples.
      numbers: statistics by numeric feature.
      counts: examples by value, in words, by categorical feature.
      values: the values that the examples share, in words; empty for all examples.
    """

    examples: int
    numbers: Mapping[str, Numbers]
    counts: Mapping[str, Mapping[str, float]]
    values: tuple[str, ...] = ()


# By name in words, such as "Black", "female" or "Black, female"; ALL contains all examples.
Slices = Mapping[str, Slice]


def read_splits(statistics: types.Artifact) -> dict[str, Slices]:
    """Reads the slices of each split; empty if a split has no statistics."""
    splits = artifact_utils.decode_split_names(statistics.split_names)
    read = {split: read_split_statistics(statistics.uri, split) for split in splits}
    return {split: parse_slices(found) if found else {} for split, found in read.items()}


def parse_slices(statistics: statistics_pb2.DatasetFeatureStatisticsList) -> Slices:
    """Returns the slices that have examples."""
    slices = map(_slice, (dataset for dataset in statistics.datasets if dataset.num_examples))
    return {slice_name(*part.values): part for part in slices}


def slice_name(*values: str) -> str:
    """Returns the name of a slice, such as "Black, female"; ALL without values."""
    return ", ".join(values)


def _slice(dataset: statistics_pb2.DatasetFeatureStatistics) -> Slice:
    numbers, counts = {}, {}
    for feature in dataset.features:
        (name,) = feature.path.step
        if feature.WhichOneof("stats") == "num_stats":
            numbers[name] = _numbers(feature.num_stats)
        elif feature.WhichOneof("stats") == "string_stats":
            counts[name] = {
                _word(name, bucket.label): bucket.sample_count
                for bucket in feature.string_stats.rank_histogram.buckets
            }
    return Slice(int(dataset.num_examples), numbers, counts, _values(dataset.name))


def _values(name: str) -> tuple[str, ...]:
    """Returns the values of a slice in words, such as ("Black", "female"); () for all examples."""
    for attributes, pattern in _PATTERNS:
        if match := pattern.fullmatch(name):
            return tuple(_value(attribute, match[attribute.key]) for attribute in attributes)
    return () if name in ("", _DEFAULT_SLICE) else (name,)


def _value(attribute: Attribute, code: str) -> str:
    """Returns a value in words, with its attribute unless INTERSECTION contains the attribute."""
    word = _word(attribute.key, code)
    return word if attribute in INTERSECTION else f"{attribute.words} {word}"


def _numbers(statistics: statistics_pb2.NumericStatistics) -> Numbers:
    kind = statistics_pb2.Histogram.STANDARD
    standard = (each.buckets for each in statistics.histograms if each.type == kind)
    buckets = next(standard, ())
    return Numbers(
        statistics.common_stats.num_non_missing,
        statistics.mean,
        statistics.std_dev,
        tuple((bucket.low_value, bucket.high_value, bucket.sample_count) for bucket in buckets),
    )


def _word(name: str, value: str) -> str:
    """Returns a label in words; any other value is returned as is."""
    words = CLASSES.get(name, ())
    return words[int(value)] if value.isdecimal() and int(value) < len(words) else value
