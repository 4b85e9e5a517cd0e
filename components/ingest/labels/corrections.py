"""Corrections: labels of files whose names have missing or wrong labels."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from components.errors import InputError
from components.ingest.labels.curated_entries import EntryIndex, read_text
from components.ingest.labels.names import Labels, out_of_range
from trainer.features import LABEL_KEYS

COLUMNS = ("file_name", *LABEL_KEYS, "reason")
# Parts that no listed path has.
_INVALID_PARTS = frozenset(("", ".", ".."))
_WHOLE_NUMBER = re.compile(r"0|[1-9][0-9]{0,8}")


class Correction(NamedTuple):
    """Corrected labels, and the reason: why, and on whose authority."""

    labels: Labels
    reason: str


@dataclass(frozen=True)
class Corrections:
    """Corrections by file name, or by the end of a path. Empty by default."""

    by_name: Mapping[str, Correction] = field(default_factory=dict)

    @classmethod
    def read(cls, path: str) -> "Corrections":
        """Reads a CSV file with the columns of COLUMNS; some label columns may be missing.

        Raises:
          InputError: for the first error in the file.
        """
        lines = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
        by_name: dict[str, Correction] = {}
        try:
            header = tuple(next(lines, ()))
            keys = tuple(key for key in LABEL_KEYS if key in header)
            if not keys or header != (COLUMNS[0], *keys, COLUMNS[-1]):
                raise ValueError(f"expected the columns {','.join(COLUMNS)}; found {header!r}")
            for cells in filter(None, lines):
                name, correction = _parse(cells, keys)
                if name in by_name:
                    raise ValueError(f"expected a file name only once; found {name!r} again")
                by_name[name] = correction
        except (csv.Error, ValueError) as error:
            what = "expected CSV; " if isinstance(error, csv.Error) else ""
            raise InputError(f"{path}, line {max(lines.line_num, 1)}: {what}{error}") from error
        return cls(by_name)

    @cached_property
    def index(self) -> EntryIndex:
        return EntryIndex(self.by_name)


def _parse(cells: list[str], keys: Sequence[str]) -> tuple[str, Correction]:
    """Parses a row with the labels of `keys`; raises ValueError if it is invalid."""
    if len(cells) != len(keys) + 2:
        raise ValueError(f"expected {len(keys) + 2} cells; found {len(cells)}: {cells!r}")
    name, *numbers, reason = cells
    # A name with a stray space would silently match no file.
    if name != name.strip() or not name.isprintable() or _INVALID_PARTS & {*name.split("/")}:
        raise ValueError(
            f"expected the name of a file, or the end of its path, e.g. train/1.jpg; found {name!r}"
        )
    for key, number in zip(keys, numbers, strict=True):
        if not _WHOLE_NUMBER.fullmatch(number):
            raise ValueError(f"expected {key} as a whole number; found {number!r}")
    labels = dict(zip(keys, map(int, numbers), strict=True))
    if problem := out_of_range(labels):
        raise ValueError(str(problem))
    if not reason.strip():
        raise ValueError(f"expected a reason; found none for {name!r}")
    return name, Correction(labels, reason)
