"""From an examined file to a tf.Example, and back from a record to what identifies it."""

import hashlib
from pathlib import PurePosixPath

import tensorflow as tf

from components.utkface_example_gen.examine import Examined
from trainer import features


def to_record(found: Examined) -> bytes:
    """Returns a serialised example with the raw features of trainer.features.

    The same file gives the same bytes in every process.
    """
    picture, labels = found.picture, found.labels
    assert picture is not None and labels is not None
    file_name = PurePosixPath(found.name.rpartition("!")[2]).name
    feature = {
        features.IMAGE_KEY: _bytes(picture.data),
        features.FILE_NAME_KEY: _bytes(file_name.encode("utf-8", "surrogateescape")),
        features.AGE_KEY: _int64(labels.age),
        features.GENDER_KEY: _int64(labels.gender),
        features.RACE_KEY: _int64(labels.race),
        features.AGE_BAND_KEY: _bytes(features.age_band(labels.age).encode()),
        features.WIDTH_KEY: _int64(picture.width),
        features.HEIGHT_KEY: _int64(picture.height),
        features.BRIGHTNESS_KEY: _float(picture.brightness),
        features.CONTRAST_KEY: _float(picture.contrast),
        features.SHARPNESS_KEY: _float(picture.sharpness),
    }
    example = tf.train.Example(features=tf.train.Features(feature=feature))
    return bytes(example.SerializeToString(deterministic=True))


def record_digest(record: bytes) -> bytes:
    """Returns the SHA-256 of a record, 32 bytes."""
    return hashlib.sha256(record).digest()


def _bytes(value: bytes) -> tf.train.Feature:
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))


def _int64(value: int) -> tf.train.Feature:
    return tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))


def _float(value: float) -> tf.train.Feature:
    return tf.train.Feature(float_list=tf.train.FloatList(value=[value]))
