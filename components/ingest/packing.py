"""Lists of values in few bytes, as local runners keep what they group in memory."""

import pickle
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

_BUCKETS = 64


def pack(values: list[Any]) -> bytes:
    return zlib.compress(pickle.dumps(values, pickle.HIGHEST_PROTOCOL), level=1)


def unpack(packed: bytes) -> list[Any]:
    values: list[Any] = pickle.loads(zlib.decompress(packed))
    return values


def unpack_all(several: Iterable[bytes]) -> Iterator[Any]:
    for packed in several:
        yield from unpack(packed)


def bucket_of(key: str) -> int:
    """Returns a number for a key, the same in every process, that many keys share."""
    return zlib.crc32(key.encode()) % _BUCKETS
