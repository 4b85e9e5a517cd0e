"""Reads the statistics of a split, slice by slice, as the checks and the page need them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import statistics_pb2
from tfx import types
from tfx.dsl.io import fileio
from tfx.types import artifact_utils

from trainer.tasks import CLASSES

ALL = ""
_DEFAULT_SLICE = "All Examples"
_FILE = "FeatureStats.pb"
_PART = re.compile(rf"({'|'.join(CLASSES)})_(\d+)")


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
    """The examples of a race, of a gender, of a gender of a race, or all.

    Attributes:
      examples: how many.
      numbers: by feature.
      counts: of features that take few values: examples by value, in words.
    """

    examples: int
    numbers: Mapping[str, Numbers]
    counts: Mapping[str, Mapping[str, float]]


# By name in words, such as "Black", "female" or "Black, female"; ALL is all of them.
Slices = Mapping[str, Slice]


def read_split(statistics: types.Artifact, split: str) -> Slices:
    """Reads the statistics of a split; one without any has none."""
    path = f"{artifact_utils.get_split_uri([statistics], split)}/{_FILE}"
    if not fileio.exists(path):
        return {}
    return describe(tfdv.load_stats_binary(path))


def describe(statistics: statistics_pb2.DatasetFeatureStatisticsList) -> Slices:
    """Returns the slices that hold examples."""
    return {
        slice_in_words(dataset.name): _slice(dataset)
        for dataset in statistics.datasets
        if dataset.num_examples
    }


def slice_in_words(name: str) -> str:
    """Returns "Black, female" for TFDV's gender_1_race_1, and ALL for all examples."""
    if name in ("", _DEFAULT_SLICE):
        return ALL
    codes = {key: _word(key, code) for key, code in _PART.findall(name)}
    # The race before the gender, as people say it.
    return ", ".join(codes[key] for key in reversed(CLASSES) if key in codes) or name


def cell(race: str, gender: str) -> str:
    """Returns the name of the slice of a gender of a race."""
    return f"{race}, {gender}"


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
    return Slice(int(dataset.num_examples), numbers, counts)


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
