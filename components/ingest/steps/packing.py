"""Packs lists of tuples into few bytes, because local runners keep grouped values in memory."""

import pickle
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

BUCKETS = 64


def pack(values: Sequence[tuple[Any, ...]]) -> bytes:
    """Packs tuples of the same length by column, because neighbors in a column are similar."""
    columns = list(zip(*values, strict=True))
    return zlib.compress(pickle.dumps(columns, pickle.HIGHEST_PROTOCOL), level=1)


def unpack(several: Iterable[bytes]) -> Iterator[tuple[Any, ...]]:
    for packed in several:
        yield from zip(*pickle.loads(zlib.decompress(packed)), strict=True)


def bucket_of(key: str) -> int:
    """Returns the bucket of a key, the same in every process; many keys share a bucket."""
    return zlib.crc32(key.encode()) % BUCKETS
