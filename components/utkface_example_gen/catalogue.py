"""What is known of all files, on disk: their number may be any, the memory stays the same."""

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from components.utkface_example_gen.examine import Examined
from components.utkface_example_gen.ledger import LedgerRow, Status
from components.utkface_example_gen.rejection import RejectedFile

_COLUMNS = {
    "number": "INTEGER PRIMARY KEY",
    **dict.fromkeys(("name", "status", "source", "reason", "detail", "sha256"), "TEXT"),
    "size": "INTEGER",
    **dict.fromkeys(("declared_format", "detected_format"), "TEXT"),
    **dict.fromkeys(("width", "height"), "INTEGER"),
    **dict.fromkeys(("grp", "split"), "TEXT"),
    **dict.fromkeys(("age", "gender", "race", "drawing"), "INTEGER"),
    **dict.fromkeys(("brightness", "contrast", "sharpness", "colour"), "REAL"),
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
        seen: tuple[str | int | float | None, ...]
        if picture is None or labels is None:
            status = Status.QUARANTINED
            seen = ("", None, None, None, "", *[None] * 8)
        else:
            status = Status.REPAIRED if found.repairs else Status.ACCEPTED
            seen = (
                picture.detected_format,
                picture.width,
                picture.height,
                picture.perceptual_hash,
                split,
                *labels,
                picture.drawing,
                picture.brightness,
                picture.contrast,
                picture.sharpness,
                picture.colour,
            )
        values = (
            number,
            found.name,
            status.value,
            found.source,
            found.reason or ", ".join(found.repairs),
            found.detail,
            found.sha256,
            found.size,
            declared_format,
            *seen,
        )
        self.database.execute(_INSERT, values)

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
          column: such as "status", "reason", "split", "age", "gender" or "race".
          used: counts only the files that are not quarantined.
        """
        where = f"WHERE status != '{Status.QUARANTINED.value}'" if used else ""
        query = f"SELECT {column}, count(*) FROM files {where} GROUP BY 1 ORDER BY 2 DESC, 1"
        return {str(value): count for value, count in self.database.execute(query)}
