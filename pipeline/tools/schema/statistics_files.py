"""Finds and reads the statistics of a run, without importing TensorFlow."""

from pathlib import Path

from google.protobuf.message import DecodeError, Message
from tensorflow_metadata.proto.v0 import statistics_pb2

from components.errors import InputError
from components.storage import files
from pipeline.layout import RootLayout
from pipeline.root.storage import RootStorage

TRAIN = "train"
_FILE = "FeatureStats.pb"
_SPLIT = "Split-"
# The dataset of all examples; slices have datasets of their own.
_DEFAULT_SLICE = "All Examples"
_ADVICE = (
    f"Name a {_FILE}, or the folder of a StatisticsGen artifact, such as "
    "ROOT/artifacts/StatisticsGen/statistics/N."
)

Statistics = dict[str, statistics_pb2.DatasetFeatureStatisticsList]


def latest_statistics(root: Path) -> str:
    """Returns the folder of the newest statistics under a root.

    Raises:
      InputError: if there are no statistics.
    """
    folder = f"{RootStorage.of(root).artifacts}/StatisticsGen/statistics"
    # A folder without files belongs to a run in progress, or to a killed run.
    complete = [
        name
        for name in (files.listdir(folder) if files.isdir(folder) else ())
        if name.isdecimal() and files.exists(f"{folder}/{name}/{_SPLIT}{TRAIN}/{_FILE}")
    ]
    if not complete:
        raise InputError(
            f"{folder}: expected the statistics of a run; there are none. "
            f"{RootLayout(root).first_run_advice} Or name the statistics."
        )
    return f"{folder}/{max(complete, key=int)}"


def load_statistics(path: str) -> Statistics:
    """Reads statistics by split, the train split first.

    Args:
      path: a FeatureStats.pb, or the folder of a StatisticsGen artifact; may be on an object
        store.

    Raises:
      InputError: if the file does not exist, does not contain statistics, or the statistics are
        of no examples.
    """
    path = path.rstrip("/") or "/"
    try:
        names = [name.rstrip("/") for name in files.listdir(path)] if files.isdir(path) else None
    except Exception as error:  # any error of the file system
        raise InputError(f"{path}: expected statistics; {_problem(error)}. {_ADVICE}") from None
    if names is None:
        return {_split_of(path): _read(path)}
    if _FILE in names:
        return load_statistics(f"{path}/{_FILE}")
    splits = sorted(name.removeprefix(_SPLIT) for name in names if name.startswith(_SPLIT))
    if TRAIN not in splits:
        present = ", ".join(sorted(names)[:5]) or "nothing"
        raise InputError(
            f"{path}: expected {_SPLIT}{TRAIN}/{_FILE} in the folder; found {present}. {_ADVICE}"
        )
    splits.sort(key=lambda split: split != TRAIN)
    return {split: _read(f"{path}/{_SPLIT}{split}/{_FILE}") for split in splits}


def all_examples(
    statistics: statistics_pb2.DatasetFeatureStatisticsList,
) -> statistics_pb2.DatasetFeatureStatistics | None:
    """Returns the dataset of all examples, apart from any slices."""
    datasets = statistics.datasets
    if len(datasets) == 1:
        return datasets[0]
    return next((dataset for dataset in datasets if dataset.name == _DEFAULT_SLICE), None)


def _read(path: str) -> statistics_pb2.DatasetFeatureStatisticsList:
    statistics = statistics_pb2.DatasetFeatureStatisticsList()
    try:
        with files.open(path) as file:
            content = file.read()
    except Exception as error:  # any error of the file system
        raise InputError(f"{path}: expected statistics; {_problem(error)}. {_ADVICE}") from None
    try:
        statistics.ParseFromString(content)
        _check_text(statistics)
    except (DecodeError, UnicodeDecodeError):
        raise InputError(
            f"{path}: expected statistics as StatisticsGen writes them; found {len(content):,} "
            f"bytes that are not statistics, or are truncated. {_ADVICE}"
        ) from None
    dataset = all_examples(statistics)
    if dataset is None and statistics.datasets:
        names = ", ".join(repr(dataset.name) for dataset in statistics.datasets[:5])
        raise InputError(
            f"{path}: expected the statistics of {_DEFAULT_SLICE!r}, or of a single dataset; "
            f"found {len(statistics.datasets)} datasets: {names}. {_ADVICE}"
        )
    if dataset is None or not dataset.features or not dataset.num_examples:
        raise InputError(
            f"{path}: expected statistics of at least one example; found none in "
            f"{len(content):,} bytes. {_ADVICE}"
        )
    # TFDV would end the process on such statistics, without a helpful message.
    identities = [
        (feature.WhichOneof("field_id"), feature.name, tuple(feature.path.step))
        for feature in dataset.features
    ]
    typed = all(
        feature.WhichOneof("stats") and feature.type in feature.Type.values()
        for feature in dataset.features
    )
    same_kind = len({kind for kind, *_ in identities}) == 1
    if not same_kind or not typed or len(set(identities)) < len(identities):
        raise InputError(
            f"{path}: expected features with unique names and types; found a feature without "
            f"either, or with the name of another: the file is damaged. {_ADVICE}"
        )
    return statistics


def _check_text(message: Message) -> None:
    """Raises UnicodeDecodeError for text that is not UTF-8; parsing accepts it."""
    for field, value in message.ListFields():
        for item in value if hasattr(value, "extend") else (value,):
            if isinstance(item, Message):
                _check_text(item)
            elif isinstance(item, bytes) and field.type == field.TYPE_STRING:
                # Only protobuf 3 returns bytes here; later releases raise by themselves.
                item.decode()


def _split_of(path: str) -> str:
    """Returns the split that the folder of a file is named after, for messages."""
    folder = path.rpartition("/")[0].rpartition("/")[2]
    return folder.removeprefix(_SPLIT) if folder.startswith(_SPLIT) else "given"


def _problem(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "the file does not exist"
    return f"reading failed with {type(error).__name__}: {error}"
