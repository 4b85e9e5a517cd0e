"""Transformed examples in the format that the Trainer reads."""

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from trainer import features

# age, gender, race
Labels = tuple[int, int, int]

_PIXELS = tf.io.serialize_tensor(np.zeros(features.IMAGE_SHAPE, np.uint8)).numpy()


def _encode(labels: Labels) -> bytes:
    """Encodes a black image; its channel mean of -age makes its normalized pixels the age."""
    mean = tf.train.FloatList(value=[-float(labels[0])] * features.CHANNELS)
    scale = tf.train.FloatList(value=[1.0] * features.CHANNELS)
    feature = {
        features.PIXELS_KEY: tf.train.Feature(bytes_list=tf.train.BytesList(value=[_PIXELS])),
        features.CHANNEL_MEAN_KEY: tf.train.Feature(float_list=mean),
        features.CHANNEL_SCALE_KEY: tf.train.Feature(float_list=scale),
    }
    for key, value in zip(features.LABEL_KEYS, labels, strict=True):
        feature[key] = tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))
    return tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString()


@pytest.fixture
def write_transformed(tmp_path: Path):
    """Writes examples with the given labels to a folder; returns their glob."""

    def write(name: str, rows: Sequence[Labels]) -> str:
        folder = tmp_path / name
        folder.mkdir()
        with tf.io.TFRecordWriter(str(folder / "part-0.gz"), "GZIP") as writer:
            for row in rows:
                writer.write(_encode(row))
        return str(folder / "*")

    return write


@pytest.fixture
def transform_output() -> SimpleNamespace:
    """Stands in for a TFTransformOutput: has the feature spec of the examples."""
    spec = {features.PIXELS_KEY: tf.io.FixedLenFeature([], tf.string)}
    for key in (features.CHANNEL_MEAN_KEY, features.CHANNEL_SCALE_KEY):
        spec[key] = tf.io.FixedLenFeature([features.CHANNELS], tf.float32)
    spec |= {key: tf.io.FixedLenFeature([], tf.int64) for key in features.LABEL_KEYS}
    return SimpleNamespace(transformed_feature_spec=lambda: spec)
