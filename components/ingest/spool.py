"""Pictures on disk, between the look at them and the word on whether they are used."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_HEADER = struct.Struct("<QI")


class Spooled(NamedTuple):
    """A record and the place of its file in the list, counted from 0."""

    number: int
    record: bytes


class Spool:
    """Records in a temporary file, in ascending order of their numbers."""

    def __init__(self, path: Path):
        self._path = path
        self._file = path.open("wb")

    def add(self, number: int, record: bytes) -> None:
        self._file.write(_HEADER.pack(number, len(record)) + record)

    def read(self) -> Iterator[Spooled]:
        """Returns the records in the order they were added; none can be added after it."""
        # Now, and not once the first is asked for: what is written here may find the disk full.
        self._file.close()
        return self._records()

    def _records(self) -> Iterator[Spooled]:
        with self._path.open("rb") as file:
            while header := file.read(_HEADER.size):
                number, length = _HEADER.unpack(header)
                yield Spooled(number, file.read(length))
