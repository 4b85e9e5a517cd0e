"""Reads a CSV or Parquet table, local, remote or in an archive, row by row."""

import contextlib
import csv
import io
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any

from components.errors import InputError
from components.html.words import listed
from components.ingest.archives import archive
from components.ingest.archives.limits import ArchiveLimits
from components.ingest.archives.member import with_slashes
from components.storage import files

# A longer line is read as several lines, so no line fills the memory.
_LONGEST_LINE = 1 << 20
# The text of the cells by column. If a CSV line is too short, a cell is None; if it is too long, a
# column is None.
Cells = Mapping[Any, Any]


def unit(path: str) -> str:
    """Returns the unit of a table's rows: "row" for a Parquet file, otherwise "line"."""
    return "row" if path.lower().endswith(".parquet") else "line"


def read_table(
    path: str, columns: Sequence[str], limits: ArchiveLimits
) -> Iterator[tuple[int, Cells]]:
    """Yields the number and the cells of each row.

    Args:
      path: path of a .csv or .parquet file; in an archive, such as `faces.zip!/labels.csv`.
      columns: columns to read.
      limits: limits of the archive.

    Raises:
      InputError: if the table cannot be read to its end, or lacks a column.
    """
    number = 1
    try:
        with _opened(path, limits) as file:
            read = _read_parquet if unit(path) == "row" else _read_csv
            for number, cells in read(file, columns):
                yield number, cells
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    except Exception as error:  # whatever the file system, csv or pyarrow raises
        raise InputError(
            f"{path}: expected a whole table, CSV in UTF-8 or Parquet; reading it failed after "
            f"{unit(path)} {number} with {type(error).__name__}: {error}"
        ) from error


@contextlib.contextmanager
def _opened(path: str, limits: ArchiveLimits) -> Iterator[IO[bytes]]:
    if not path.lower().endswith((".csv", ".parquet")):
        raise InputError("expected a file that ends in .csv or .parquet")
    place, inside = archive.split_inside(path)
    with files.open(place) as file, tempfile.TemporaryFile() as copy:
        if inside:
            for member in archive.read_members(place, file, limits):
                if with_slashes(member.name).removeprefix("./") == inside:
                    if member.data is None:
                        raise InputError(member.error)
                    yield io.BytesIO(member.data)
                    return
            raise InputError(f"expected {inside!r} in the archive; found no such file")
        if files.is_remote(place):
            # Some stores cannot seek or read parts of a line.
            shutil.copyfileobj(file, copy)
            copy.seek(0)
        yield copy if files.is_remote(place) else file


def _read_csv(file: IO[bytes], columns: Sequence[str]) -> Iterator[tuple[int, Cells]]:
    lines = (line.decode("utf-8-sig") for line in iter(lambda: file.readline(_LONGEST_LINE), b""))
    reader = csv.DictReader(lines, strict=True)
    _check(reader.fieldnames or (), columns)
    for cells in reader:
        yield reader.line_num, cells


def _read_parquet(file: IO[bytes], columns: Sequence[str]) -> Iterator[tuple[int, Cells]]:
    from pyarrow import parquet

    # Otherwise pyarrow before 14.0.1 runs code of the file (CVE-2023-47248). Only the legacy lane
    # has such a pyarrow, and with it the package that forbids it.
    with contextlib.suppress(ImportError):
        import pyarrow_hotfix  # noqa: F401
    table = parquet.ParquetFile(file)
    _check(table.schema_arrow.names, columns)
    batches = table.iter_batches(columns=list(dict.fromkeys(columns)))
    rows = (row for batch in batches for row in batch.to_pylist())
    for number, row in enumerate(rows, start=1):
        yield number, {column: _text(value) for column, value in row.items()}


def _text(value: Any) -> str:
    if value is None or value != value:  # NaN
        return ""
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


def _check(header: Sequence[str], columns: Sequence[str]) -> None:
    if lacking := [column for column in columns if header.count(column) != 1]:
        raise InputError(
            f"expected one column {listed(map(repr, lacking))}; found the columns "
            f"{', '.join(header)[:500]!r}. Name the columns in ingest.labels"
        )
