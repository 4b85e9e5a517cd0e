"""Turns files into serialised tf.Examples, and writes them as TFRecords.

Both formats are fixed and short. TensorFlow, which has them too, takes seconds to load in each
worker; the tests compare the bytes with TensorFlow's own.
"""

import gzip
import struct
from typing import IO

import google_crc32c

from components.ingest.labels.names import own_name
from components.ingest.ledger.rows import LedgerRow
from trainer import features
from trainer.groups import ATTRIBUTES

# The others are labels themselves.
_DERIVED = tuple(found for found in ATTRIBUTES if found.key not in features.LABEL_KEYS)
_FLOATS = (
    *(features.BRIGHTNESS_KEY, features.CONTRAST_KEY, features.SHARPNESS_KEY),
    features.COLOUR_KEY,
)


def encode(row: LedgerRow, picture: bytes) -> bytes:
    """Returns a serialised tf.Example with the raw features of trainer.features.

    The same file gives the same bytes in every process.

    Args:
      row: of a file that is used.
      picture: what is stored of it.
    """
    assert row.labels is not None and row.width is not None and row.height is not None
    name = own_name(row.name).encode("utf-8", "surrogateescape")
    values: dict[str, bytes] = {
        features.IMAGE_KEY: _of_bytes(picture),
        features.FILE_NAME_KEY: _of_bytes(name),
        features.WIDTH_KEY: _of_int(row.width),
        features.HEIGHT_KEY: _of_int(row.height),
        **{key: _of_int(label) for key, label in row.labels.items()},
    }
    for by in _DERIVED:
        if word := by.value_in(row.labels, row.ranges):
            values[by.key] = _of_bytes(word.encode())
    for key, (least, greatest) in row.ranges.items():
        values[features.least_key(key)] = _of_int(least)
        values[features.greatest_key(key)] = _of_int(greatest)
    for key in _FLOATS:
        value = getattr(row, key)
        if value is not None:
            values[key] = _of_float(value)
    entries = (
        _field(1, _field(1, key.encode()) + _field(2, value))
        for key, value in sorted(values.items())
    )
    return _field(1, b"".join(entries))


def _of_bytes(value: bytes) -> bytes:
    return _field(1, _field(1, value))


def _of_float(value: float) -> bytes:
    return _field(2, _field(1, struct.pack("<f", value)))


def _of_int(value: int) -> bytes:
    return _field(3, _field(1, _varint(value)))


def _field(number: int, content: bytes) -> bytes:
    """Returns a field of a protocol buffer that is as long as it says."""
    return bytes([number << 3 | 2]) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    groups = bytearray()
    while value > 0x7F:
        groups.append(value & 0x7F | 0x80)
        value >>= 7
    groups.append(value)
    return bytes(groups)


class RecordFile:
    """A TFRecord file, compressed with gzip as TFX wants it."""

    def __init__(self, file: IO[bytes]):
        # With none of its effort: the pictures are compressed already.
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
