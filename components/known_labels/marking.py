"""Marks which labels of each example are known, in a form that TFMA reads."""

from collections.abc import Sequence

import tensorflow as tf
from tfx.dsl.io import fileio

from trainer import features
from trainer.input_fn import read_records

_FILE = "examples-00000-of-00001.gz"
_OPTIONS = tf.io.TFRecordOptions(compression_type="GZIP")
# The weight of an example in the metrics of a label that all examples have.
EVERYONE_KEY = "everyone"


def known_key(label_key: str) -> str:
    """Returns the key of the weight in the metrics of a label: 1, or 0 if it is unknown."""
    return f"{label_key}_known"


def write_marked(source: str, target: str, labels: Sequence[str]) -> None:
    """Writes the examples of a folder with weights, and without their images.

    Args:
      source: folder of a split, which TensorFlow can read.
      target: folder to write the file to.
      labels: keys of the labels that may be unknown; an unknown label becomes
        features.UNKNOWN_LABEL.
    """
    fileio.makedirs(target)
    with tf.io.TFRecordWriter(f"{target}/{_FILE}", _OPTIONS) as writer:
        for record in read_records([f"{source}/*"]).as_numpy_iterator():
            writer.write(_mark(record, labels))


def _mark(record: bytes, labels: Sequence[str]) -> bytes:
    example = tf.train.Example.FromString(record)
    values = example.features.feature
    values.pop(features.IMAGE_KEY, None)
    values[EVERYONE_KEY].float_list.value.append(1.0)
    for key in labels:
        known = key in values
        values[known_key(key)].float_list.value.append(float(known))
        if not known:
            values[key].int64_list.value.append(features.UNKNOWN_LABEL)
    return bytes(example.SerializeToString(deterministic=True))
