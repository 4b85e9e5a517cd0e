"""From a file to a tf.Example, and back from a record to what identifies it."""

import hashlib

import tensorflow as tf

from components.utkface_example_gen import images, names
from components.utkface_example_gen.rejection import RejectedFile
from components.utkface_example_gen.source import ImageFile
from trainer import features


def to_example(file: ImageFile) -> tf.train.Example:
    """Converts a file to an example with the raw features of trainer.features.

    Raises:
      RejectedFile: if its name, its labels or its bytes are not what they must be.
    """
    if file.data is None:
        raise RejectedFile(RejectedFile.UNREADABLE, file.error)
    labels = names.parse(file.name)
    images.check(file.data)
    return tf.train.Example(
        features=tf.train.Features(
            feature={
                features.IMAGE_KEY: _bytes(file.data),
                features.FILE_NAME_KEY: _bytes(file.name.encode()),
                features.AGE_KEY: _int64(labels.age),
                features.GENDER_KEY: _int64(labels.gender),
                features.RACE_KEY: _int64(labels.race),
                features.AGE_BAND_KEY: _bytes(features.age_band(labels.age).encode()),
            }
        )
    )


def serialise(example: tf.train.Example) -> bytes:
    """Serialises an example to the same bytes in every process."""
    return example.SerializeToString(deterministic=True)


def record_digest(record: bytes) -> bytes:
    """Returns the SHA-256 of a record, 32 bytes."""
    return hashlib.sha256(record).digest()


def _bytes(value: bytes) -> tf.train.Feature:
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))


def _int64(value: int) -> tf.train.Feature:
    return tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))
