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


def merge(sources: Sequence[str], split: str, target: str) -> int:
    """Writes the records of a split of several artifacts to one file.

    Args:
      sources: folders of raw examples; for an image in several folders, the first wins.
      split: name of the split.
      target: folder to create `Split-NAME` in.

    Returns:
      The number of records written.
    """
    folder = f"{target}/Split-{split}"
    fileio.makedirs(folder)
    seen: set[bytes] = set()
    with tf.io.TFRecordWriter(f"{folder}/{_FILE}", _OPTIONS) as writer:
        for record, image in _records(sources, split):
            digest = hashlib.sha256(image).digest()
            if digest not in seen:
                seen.add(digest)
                writer.write(record)
    return len(seen)


def _records(sources: Sequence[str], split: str) -> Iterator[tuple[bytes, bytes]]:
    """Yields each record and its image."""
    for source in sources:
        paths = sorted(tf.io.gfile.glob(f"{source}/Split-{split}/*"))
        records = tf.data.TFRecordDataset(paths, compression_type="GZIP").batch(_BATCH)
        for batch in records:
            images = tf.io.parse_example(batch, _SPEC)[features.IMAGE_KEY]
            yield from zip(batch.numpy(), images.numpy(), strict=True)
