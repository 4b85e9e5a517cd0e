"""Lists of tuples in few bytes, as local runners keep what they group in memory."""

import pickle
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

BUCKETS = 64


def pack(values: Sequence[tuple[Any, ...]]) -> bytes:
    """Packs tuples of one length, column by column: neighbours in a column are alike."""
    columns = list(zip(*values, strict=True))
    return zlib.compress(pickle.dumps(columns, pickle.HIGHEST_PROTOCOL), level=1)


def unpack(several: Iterable[bytes]) -> Iterator[tuple[Any, ...]]:
    for packed in several:
        yield from zip(*pickle.loads(zlib.decompress(packed)), strict=True)


def bucket_of(key: str) -> int:
    """Returns a number for a key, the same in every process, that many keys share."""
    return zlib.crc32(key.encode()) % BUCKETS
