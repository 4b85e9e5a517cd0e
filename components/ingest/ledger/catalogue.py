"""What is known of all files, on disk: their number may be any, the memory stays the same."""

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from components.ingest.examine import Examined
from components.ingest.ledger.rejection import RejectedFile
from components.ingest.ledger.rows import LedgerRow, Status
from trainer.features import LABEL_KEYS

# Those of the labels, by key; none is named as another column, or as a word of SQL.
LABEL_COLUMNS = {key: f"label_{key}" for key in LABEL_KEYS}
# Those of a picture that are named as its attributes are.
_PICTURE_COLUMNS = {
    "detected_format": "TEXT",
    **dict.fromkeys(("width", "height", "drawing"), "INTEGER"),
    **dict.fromkeys(("brightness", "contrast", "sharpness", "colour"), "REAL"),
}
_COLUMNS = {
    "number": "INTEGER PRIMARY KEY",
    **dict.fromkeys(("name", "status", "source", "reason", "detail", "sha256"), "TEXT"),
    **dict.fromkeys(("declared_format", "grp", "split"), "TEXT"),
    **dict.fromkeys(("size", *LABEL_COLUMNS.values()), "INTEGER"),
    **_PICTURE_COLUMNS,
}
# The columns of a LedgerRow, in its order; `group` is a word of SQL.
_ROW = (
    "name, status, source, reason, detail, sha256, size, declared_format, detected_format, "
    "width, height, grp, split"
)

_INSERT = f"INSERT INTO files VALUES ({', '.join('?' * len(_COLUMNS))})"


class Catalogue:
    """One row for each file, in the order they were listed."""

    def __init__(self, folder: Path):
        """Makes an empty catalogue in a folder for temporary files."""
        self.database = sqlite3.connect(folder / "catalogue.db")
        # It is thrown away after the run: nothing needs to survive a crash.
        self.database.execute("PRAGMA synchronous = OFF")
        self.database.execute("PRAGMA journal_mode = OFF")
        columns = ", ".join(f"{name} {kind}" for name, kind in _COLUMNS.items())
        self.database.execute(f"CREATE TABLE files ({columns})")

    def add(self, number: int, found: Examined, *, declared_format: str, split: str) -> None:
        """Adds the file that was listed at a place, counted from 0."""
        picture, labels = found.picture, found.labels
        row: dict[str, str | int | float | None] = {
            "number": number,
            "name": found.name,
            "status": Status.QUARANTINED.value,
            "source": found.source,
            "reason": found.reason or ", ".join(found.repairs),
            "detail": found.detail,
            "sha256": found.sha256,
            "size": found.size,
            "declared_format": declared_format,
            "detected_format": "",
            "split": "",
        }
        if picture is not None and labels is not None:
            status = Status.REPAIRED if found.repairs else Status.ACCEPTED
            row.update(status=status.value, split=split, grp=picture.perceptual_hash)
            row.update((column, getattr(picture, column)) for column in _PICTURE_COLUMNS)
            row.update((column, labels[key]) for key, column in LABEL_COLUMNS.items())
        self.database.execute(_INSERT, [row.get(column) for column in _COLUMNS])

    def quarantine(self, number: int, reason: str, detail: str) -> None:
        """Takes back that a file was accepted."""
        self.database.execute(
            "UPDATE files SET status = ?, reason = ?, detail = ?, split = '' WHERE number = ?",
            (Status.QUARANTINED.value, reason, detail, number),
        )

    def rows(self, numbers: Sequence[int] | None = None) -> Iterator[LedgerRow]:
        """Yields rows of the ledger, in the order the files were listed.

        Args:
          numbers: the places of the files whose rows are wanted; None for all.
        """
        fields = tuple(LedgerRow.__dataclass_fields__)
        where = "" if numbers is None else f"WHERE number IN ({', '.join('?' * len(numbers))})"
        query = f"SELECT {_ROW} FROM files {where} ORDER BY number"
        for row in self.database.execute(query, numbers or ()):
            yield LedgerRow(**dict(zip(fields, row, strict=True)))

    def first_bad(self) -> LedgerRow | None:
        """Returns the first file with which something is wrong, which a duplicate is not."""
        query = "SELECT min(number) FROM files WHERE status = ? AND reason != ?"
        values = (Status.QUARANTINED.value, RejectedFile.DUPLICATE)
        (number,) = self.database.execute(query, values).fetchone()
        return None if number is None else next(self.rows([number]))

    def quarantined(self) -> Iterator[int]:
        """Yields the places of the files that are not used, in order."""
        query = "SELECT number FROM files WHERE status = ? ORDER BY number"
        for (number,) in self.database.execute(query, (Status.QUARANTINED.value,)):
            yield number

    def count(self, column: str, *, used: bool = False) -> dict[str, int]:
        """Counts the files by the value of a column, greatest first.

        Args:
          column: such as "status", "reason", "split", or one of LABEL_COLUMNS.
          used: counts only the files that are not quarantined.
        """
        where = f"WHERE status != '{Status.QUARANTINED.value}'" if used else ""
        query = f"SELECT {column}, count(*) FROM files {where} GROUP BY 1 ORDER BY 2 DESC, 1"
        return {str(value): count for value, count in self.database.execute(query)}
