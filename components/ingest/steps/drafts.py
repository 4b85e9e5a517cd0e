"""Draft rows of a unit between the two passes over its files, in a file beside the ledger.

Runners keep grouped values in memory, and rows need no grouping.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import IO

from components.ingest.ledger.rows import LedgerRow
from components.ingest.steps.packing import pack, unpack
from components.storage import files

_FIELDS = [field.name for field in fields(LedgerRow)]
_LENGTH = struct.Struct("<Q")
_PREFIX = "draft-"

PlacedRow = tuple[int, LedgerRow]


def draft_path(ledger_uri: str, unit: int) -> str:
    return f"{ledger_uri}/{_PREFIX}{unit:05d}"


def write_rows(draft: IO[bytes], rows: Sequence[PlacedRow]) -> None:
    packed = pack_rows(rows)
    draft.write(_LENGTH.pack(len(packed)) + packed)


def read_rows(path: str) -> Iterator[PlacedRow]:
    """Yields the rows of a draft with their places, in order."""
    with files.open(path) as draft:
        while length := draft.read(_LENGTH.size):
            yield from unpack_rows(draft.read(*_LENGTH.unpack(length)))


def remove_drafts(ledger_uri: str) -> None:
    for name in files.listdir(ledger_uri):
        if name.startswith(_PREFIX):
            files.remove(f"{ledger_uri}/{name}")


def pack_rows(rows: Sequence[PlacedRow]) -> bytes:
    return pack([(place, *vars(row).values()) for place, row in rows])


def unpack_rows(packed: bytes) -> Iterator[PlacedRow]:
    for place, *values in unpack([packed]):
        yield place, LedgerRow(**dict(zip(_FIELDS, values, strict=True)))
