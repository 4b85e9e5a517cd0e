"""Exact label counts, read from the records of a split."""

from collections import Counter
from pathlib import Path

import pytest
import tensorflow as tf
from tfx.types import artifact_utils, standard_artifacts

from components.distribution_plots.counts import count_labels
from trainer import features

Labels = tuple[int, int, int]
SHARDS: dict[str, list[list[Labels]]] = {
    "train": [[(0, 0, 4), (26, 1, 0), (26, 1, 0)], [(116, 0, 4)]],
    "eval": [[(1, 1, 1)]],
    "test": [[]],
}


def record(labels: Labels) -> bytes:
    example = tf.train.Example()
    example.features.feature[features.IMAGE_KEY].bytes_list.value.append(b"a picture")
    for key, value in zip(features.LABEL_KEYS, labels, strict=True):
        example.features.feature[key].int64_list.value.append(value)
    return example.SerializeToString()


@pytest.fixture
def examples(tmp_path: Path) -> standard_artifacts.Examples:
    for split, shards in SHARDS.items():
        (tmp_path / f"Split-{split}").mkdir()
        for index, shard in enumerate(shards):
            path = tmp_path / f"Split-{split}" / f"data_tfrecord-{index:05}-of-00002.gz"
            with tf.io.TFRecordWriter(str(path), options="GZIP") as writer:
                for labels in shard:
                    writer.write(record(labels))
    artifact = standard_artifacts.Examples()
    artifact.uri = str(tmp_path)
    artifact.split_names = artifact_utils.encode_split_names(list(SHARDS))
    return artifact


def test_all_shards_of_one_split_are_counted(
    examples: standard_artifacts.Examples,
) -> None:
    assert count_labels(examples, "train") == {
        "age": Counter({26: 2, 0: 1, 116: 1}),
        "gender": Counter({0: 2, 1: 2}),
        "race": Counter({4: 2, 0: 2}),
    }
    assert count_labels(examples, "eval") == {
        "age": Counter({1: 1}),
        "gender": Counter({1: 1}),
        "race": Counter({1: 1}),
    }


def test_a_split_without_records_counts_nothing(examples: standard_artifacts.Examples) -> None:
    counts = count_labels(examples, "test")
    assert counts == {"age": Counter(), "gender": Counter(), "race": Counter()}
    assert counts["race"][3] == 0


def test_counts_are_plain_integers(examples: standard_artifacts.Examples) -> None:
    for counter in count_labels(examples, "train").values():
        assert {type(number) for item in counter.items() for number in item} == {int}


def test_an_unknown_split_raises_an_error(examples: standard_artifacts.Examples) -> None:
    with pytest.raises(ValueError, match="spare"):
        count_labels(examples, "spare")
