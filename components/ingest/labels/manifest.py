"""The rows of a manifest: a table with the name and the labels of each file."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from components.html.words import listed
from components.ingest.archives.limits import DEFAULT_LIMITS, ArchiveLimits
from components.ingest.archives.member import with_slashes
from components.ingest.labels.names import Labels, out_of_range
from components.ingest.labels.settings import LabelSettings, plain
from components.ingest.labels.tables import read_table, unit
from components.ingest.rejection import RejectedFile
from trainer.tasks import TASKS, Task

Range = tuple[int, int]
_OPEN = re.compile(r"(?:more than|over|>=?) ?([0-9]+)")
_NUMBERS = re.compile(r"([0-9]{1,9})(?: ?(\+)| ?(?:-|\u2013|to) ?([0-9]{1,9}))?")


@dataclass(frozen=True, kw_only=True)
class ManifestRow:
    """A row of a manifest.

    Attributes:
      number: number of its line; in a Parquet file, of the row.
      name: file name, or the end of its path; empty if the row has none.
      labels: labels by key, except labels kept as ranges; None if the row is invalid.
      ranges: lowest and highest value of each label kept as a range, by key.
      reason: code of RejectedFile.REASONS; empty if the row is valid.
      detail: place in the manifest, expected value and value found.
    """

    number: int
    name: str
    labels: Labels | None = None
    ranges: Mapping[str, Range] = field(default_factory=dict)
    reason: str = ""
    detail: str = ""


def is_manifest(path: str, settings: LabelSettings) -> bool:
    """Returns whether a listed file is the manifest itself."""
    if not settings.manifest:
        return False
    paths = (re.sub("!/*", "!", each) for each in (path, settings.manifest))
    return len({os.path.abspath(each) for each in paths}) == 1  # noqa: PTH100 - URIs too


def read_rows(
    settings: LabelSettings, limits: ArchiveLimits = DEFAULT_LIMITS
) -> Iterator[ManifestRow]:
    """Yields the rows of the manifest as they are read; an invalid row holds its error.

    Args:
      settings: settings that name a manifest.
      limits: limits of an archive that holds the manifest.

    Raises:
      InputError: if the manifest cannot be read to its end, or lacks a column.
    """
    path, file = settings.manifest or "", settings.file
    columns = [(task, settings.column_of(task)) for task in TASKS]
    codes = {task: column.codes(task) for task, column in columns}
    headers = (file.column, *(column.column for _, column in columns))
    for number, cells in read_table(path, headers, limits):
        name = with_slashes(cells[file.column] or "").removeprefix("./")
        row = ManifestRow(number=number, name=name and file.pattern.replace("{}", name))
        labels: dict[str, int] = {}
        ranges: dict[str, Range] = {}
        try:
            if not name or None in cells or None in cells.values():
                raise RejectedFile(
                    RejectedFile.ROW_DAMAGED,
                    f"expected a file and a cell for each column; found {[*cells.values()]!r:.200}",
                )
            for task, column in columns:
                label = _read_cell(task, codes[task], cells[column.column])
                if isinstance(label, int):
                    labels[task.label_key] = label
                elif column.ranges == "keep":
                    ranges[task.label_key] = label
                else:
                    raise RejectedFile(
                        RejectedFile.LABEL_IS_A_RANGE,
                        f"expected {task.name} as one number; found {cells[column.column]!r:.80}",
                    )
            yield replace(row, labels=labels, ranges=ranges)
        except RejectedFile as error:
            detail = f"{path}, {unit(path)} {number}: {error.detail}"
            yield replace(row, reason=error.reason, detail=detail)


def _read_cell(task: Task, codes: Mapping[str, int], cell: str) -> int | Range:
    """Returns a label, or the lowest and highest value it may have.

    An open range, such as `70+` or `more than 70`, starts at its number and ends at the task's
    maximum.

    Raises:
      RejectedFile: if the cell is empty, or its value is unknown or out of range.
    """
    text = plain(cell)
    if not text:
        raise RejectedFile(RejectedFile.LABEL_MISSING, f"expected {task.name}; found no value")
    if text in codes:
        return codes[text]
    match = None if codes else _NUMBERS.fullmatch(_OPEN.sub(r"\1+", text))
    if match is None:
        expected = listed(codes, "or") if codes else "a whole number"
        raise RejectedFile(
            RejectedFile.LABEL_UNKNOWN, f"expected {task.name} as {expected}; found {cell!r:.80}"
        )
    low, high = sorted((int(match[1]), task.maximum if match[2] else int(match[3] or match[1])))
    for value in (low, high):
        if problem := out_of_range({task.label_key: value}):
            raise RejectedFile(RejectedFile.LABEL_OUT_OF_RANGE, str(problem))
    return low if text.isdecimal() else (low, high)
