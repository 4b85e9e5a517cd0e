"""Merges the records of a split, each image once."""

import hashlib
from collections.abc import Iterator, Sequence

import tensorflow as tf
from tfx.dsl.io import fileio

from trainer import features

_FILE = "data_tfrecord-00000-of-00001.gz"
_OPTIONS = tf.io.TFRecordOptions(compression_type="GZIP")
_BATCH = 256
_SPEC = {features.IMAGE_KEY: tf.io.FixedLenFeature([], tf.string)}


def merge(sources: Sequence[str], split: str, target: str) -> tuple[int, int]:
    """Writes the records of a split of several artifacts to one file.

    Args:
      sources: folders of raw examples; for an image in several folders, the first wins.
      split: name of the split.
      target: folder to create `Split-NAME` in.

    Returns:
      The number of records in the first folder, and the number of records written.
    """
    folder = f"{target}/Split-{split}"
    fileio.makedirs(folder)
    seen: set[bytes] = set()
    first = 0
    with tf.io.TFRecordWriter(f"{folder}/{_FILE}", _OPTIONS) as writer:
        for source, record, image in _records(sources, split):
            first += source == sources[0]
            digest = hashlib.sha256(image).digest()
            if digest not in seen:
                seen.add(digest)
                writer.write(record)
    return first, len(seen)


def _records(sources: Sequence[str], split: str) -> Iterator[tuple[str, bytes, bytes]]:
    """Yields each record with its folder and its image."""
    for source in sources:
        paths = sorted(tf.io.gfile.glob(f"{source}/Split-{split}/*"))
        records = tf.data.TFRecordDataset(paths, compression_type="GZIP").batch(_BATCH)
        for batch in records:
            images = tf.io.parse_example(batch, _SPEC)[features.IMAGE_KEY]
            for record, image in zip(batch.numpy(), images.numpy(), strict=True):
                yield source, record, image
