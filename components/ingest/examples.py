"""Encodes files as serialized tf.Examples, and writes them as TFRecords.

Both formats are stable and simple. TensorFlow also writes them, but takes seconds to load in each
worker; the tests compare the bytes with TensorFlow's.
"""

import functools
import gzip
import struct
from typing import IO

import google_crc32c

from components.ingest.labels.names import own_name
from components.ingest.ledger.rows import LedgerRow
from trainer import features
from trainer.groups import ATTRIBUTES

# Attributes that are not labels themselves.
_DERIVED = tuple(each for each in ATTRIBUTES if each.key not in features.LABEL_KEYS)
# Field numbers of the lists of a tf.train.Feature.
_BYTES, _FLOAT, _INT = 1, 2, 3
_FLOATS = (
    *(features.BRIGHTNESS_KEY, features.CONTRAST_KEY, features.SHARPNESS_KEY),
    features.COLOR_KEY,
)


def encode(row: LedgerRow, image: bytes) -> bytes:
    """Returns a serialized tf.Example with the raw features of trainer.features.

    The same file gives the same bytes in every process.

    Args:
      row: ledger row of a file that is used.
      image: encoded image to store.
    """
    assert row.labels is not None and row.width is not None and row.height is not None
    name = own_name(row.name).encode("utf-8", "surrogateescape")
    entries: dict[str, bytes] = {
        features.IMAGE_KEY: _entry(features.IMAGE_KEY, _BYTES, image),
        features.FILE_NAME_KEY: _entry(features.FILE_NAME_KEY, _BYTES, name),
        features.WIDTH_KEY: _int_entry(features.WIDTH_KEY, row.width),
        features.HEIGHT_KEY: _int_entry(features.HEIGHT_KEY, row.height),
        **{key: _int_entry(key, label) for key, label in row.labels.items()},
    }
    for attribute in _DERIVED:
        if word := attribute.value_in(row.labels, row.ranges):
            entries[attribute.key] = _word_entry(attribute.key, word)
    for key, (least, greatest) in row.ranges.items():
        for end, value in (
            (features.least_key(key), least),
            (features.greatest_key(key), greatest),
        ):
            entries[end] = _int_entry(end, value)
    for key in _FLOATS:
        value = getattr(row, key)
        if value is not None:
            entries[key] = _entry(key, _FLOAT, struct.pack("<f", value))
    return _field(1, b"".join([entries[key] for key in sorted(entries)]))


def _entry(key: str, kind: int, value: bytes) -> bytes:
    """Returns an entry of the feature map: a key, and a list of one value."""
    return _field(1, _field(1, key.encode()) + _field(2, _field(kind, _field(1, value))))


# Few distinct entries, but most of the encoding time.
@functools.lru_cache(maxsize=4096)
def _int_entry(key: str, value: int) -> bytes:
    return _entry(key, _INT, _varint(value))


@functools.lru_cache(maxsize=256)
def _word_entry(key: str, word: str) -> bytes:
    return _entry(key, _BYTES, word.encode())


def _field(number: int, content: bytes) -> bytes:
    """Returns a length-delimited field of a protocol buffer."""
    return bytes((number << 3 | 2,)) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    if value < 0x80:
        return bytes((value,))
    return bytes((value & 0x7F | 0x80,)) + _varint(value >> 7)


class RecordFile:
    """A TFRecord file, compressed with gzip as TFX requires."""

    def __init__(self, file: IO[bytes]):
        # Level 0, because the images are already compressed.
        self._gzip = gzip.GzipFile(fileobj=file, mode="wb", compresslevel=0, mtime=0)
        self._file = file

    def write(self, record: bytes) -> None:
        length = struct.pack("<Q", len(record))
        self._gzip.write(length + _checksum(length) + record + _checksum(record))

    def close(self) -> None:
        self._gzip.close()
        self._file.close()


def _checksum(data: bytes) -> bytes:
    crc = google_crc32c.value(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)
