"""Reads the statistics of a split, as written by TFX's StatisticsGen."""

from google.protobuf.message import DecodeError
from tensorflow_metadata.proto.v0.statistics_pb2 import DatasetFeatureStatisticsList
from tfx.dsl.io import fileio

_FILE = "FeatureStats.pb"


def read_split_statistics(folder: str, split: str) -> DatasetFeatureStatisticsList | None:
    """Returns the statistics of a split; None if they are missing or unreadable.

    Args:
      folder: folder of an ExampleStatistics artifact, or a copy of it.
      split: name of the split.
    """
    path = f"{folder}/Split-{split}/{_FILE}"
    if not fileio.exists(path):
        return None
    with fileio.open(path, "rb") as file:
        content = file.read()
    statistics = DatasetFeatureStatisticsList()
    try:
        size = statistics.ParseFromString(content)
    except DecodeError:
        return None
    # Some versions of protobuf only warn if they stop early. Even an empty split has a dataset;
    # without a dataset, the file is truncated or of another type.
    return statistics if size == len(content) and statistics.datasets else None
