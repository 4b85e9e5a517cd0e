"""Reads the statistics of a split, slice by slice, as the checks and the page need them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tensorflow_metadata.proto.v0 import statistics_pb2
from tfx import types

from components.split_statistics import read_split_statistics
from trainer.groups import ATTRIBUTES, INTERSECTION, Attribute
from trainer.tasks import CLASSES

ALL = ""
# The attributes whose values are slices, by themselves and together; TFDV slices by codes.
SLICES = (*((attribute,) for attribute in ATTRIBUTES if attribute.key in CLASSES), INTERSECTION)
_DEFAULT_SLICE = "All Examples"


def _pattern(attributes: tuple[Attribute, ...]) -> re.Pattern[str]:
    """Returns what matches TFDV's names of slices, KEY_CODE_KEY_CODE, with the keys sorted."""
    keys = sorted(attribute.key for attribute in attributes)
    return re.compile("_".join(rf"{key}_(?P<{key}>\d+)" for key in keys))


_PATTERNS = [(attributes, _pattern(attributes)) for attributes in SLICES]


@dataclass(frozen=True)
class Numbers:
    """A feature that is a number.

    Attributes:
      count: of examples that have it.
      mean: their mean.
      deviation: their standard deviation.
      bins: of a histogram: least value, greatest value, examples.
    """

    count: float
    mean: float
    deviation: float
    bins: tuple[tuple[float, float, float], ...]


@dataclass(frozen=True)
class Slice:
    """The examples of a value of an attribute, or of several together, or all.

    Attributes:
      examples: how many.
      numbers: by feature.
      counts: of features that take few values: examples by value, in words.
      values: what its examples have in common, in words; nothing for all examples.
    """

    examples: int
    numbers: Mapping[str, Numbers]
    counts: Mapping[str, Mapping[str, float]]
    values: tuple[str, ...] = ()


# By name in words, such as "Black", "female" or "Black, female"; ALL is all of them.
Slices = Mapping[str, Slice]


def read_split(statistics: types.Artifact, split: str) -> Slices:
    """Reads the statistics of a split; one without any has none."""
    found = read_split_statistics(statistics.uri, split)
    return describe(found) if found else {}


def describe(statistics: statistics_pb2.DatasetFeatureStatisticsList) -> Slices:
    """Returns the slices that hold examples."""
    found = (_slice(dataset) for dataset in statistics.datasets if dataset.num_examples)
    return {slice_name(*one.values): one for one in found}


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
        if found := pattern.fullmatch(name):
            return tuple(_value(attribute, found[attribute.key]) for attribute in attributes)
    return () if name in ("", _DEFAULT_SLICE) else (name,)


def _value(attribute: Attribute, code: str) -> str:
    """Returns a value as people say it: alone where it is known whose it is."""
    word = _word(attribute.key, code)
    return word if attribute in INTERSECTION else f"{attribute.words} {word}"


def _numbers(found: statistics_pb2.NumericStatistics) -> Numbers:
    standard = next(
        (one for one in found.histograms if one.type == statistics_pb2.Histogram.STANDARD), None
    )
    bins = standard.buckets if standard else ()
    return Numbers(
        found.common_stats.num_non_missing,
        found.mean,
        found.std_dev,
        tuple((one.low_value, one.high_value, one.sample_count) for one in bins),
    )


def _word(name: str, value: str) -> str:
    """Returns a label in words; what is no label stays as it is."""
    words = CLASSES.get(name, ())
    return words[int(value)] if value.isdecimal() and int(value) < len(words) else value
