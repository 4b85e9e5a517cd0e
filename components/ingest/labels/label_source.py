"""Finds the labels of a file, from its name or a manifest, and applies corrections."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from components.html.words import listed
from components.ingest.labels.corrections import Corrections
from components.ingest.labels.curated_entries import EntryIndex, format_ambiguity, names_photograph
from components.ingest.labels.manifest import ManifestRow, Range
from components.ingest.labels.names import Labels, own_name
from components.ingest.labels.tables import unit
from components.ingest.labels.takedowns import Takedowns
from components.ingest.rejection import RejectedFile
from trainer.tasks import TASKS

# The repair code if a name or row is valid, but its labels are wrong.
LABELS_CORRECTED = "labels-corrected"


class FileLabels(NamedTuple):
    """The labels of a file.

    Attributes:
      labels: labels by the label keys of the tasks.
      ranges: lowest and highest value of each label that is only known as a range.
      repairs: a code if the labels were corrected.
    """

    labels: Labels
    ranges: Mapping[str, Range] = {}
    repairs: tuple[str, ...] = ()


class ManifestSource:
    """Labels from a manifest; it may hold only the rows and files with the same own_name."""

    def __init__(
        self,
        manifest: str,
        rows: Iterable[ManifestRow],
        files: Iterable[tuple[str, str | None]],
    ):
        """Joins rows with files; a row applies to each file whose path ends in the row's name.

        Args:
          manifest: path of the manifest.
          rows: rows, in any order.
          files: path and SHA-256 of each file, in any order.
        """
        self._manifest = manifest
        self._rows: dict[str, list[ManifestRow]] = {}
        for row in sorted(rows, key=lambda row: row.number):
            self._rows.setdefault(row.name, []).append(row)
        self._index = EntryIndex(self._rows)
        # By the name of the row: a path for each digest.
        self._files: dict[str, dict[str | None, str]] = {}
        for path, sha256 in sorted(files, key=lambda file: file[0]):
            if (entry := self._index.find(path)) is not None:
                self._files.setdefault(entry, {}).setdefault(sha256, path)

    def read(self, path: str) -> FileLabels:
        """Returns the labels of a file; raises RejectedFile if a label is unknown."""
        entry = self._index.find(path)
        if entry is None:
            raise RejectedFile(
                RejectedFile.FILE_WITHOUT_ROW,
                f"{self._manifest}: expected a row for {own_name(path)!r}; found none",
            )
        rows, (first, *others) = self._rows[entry], self._files[entry].values()
        if len(rows) > 1:
            raise RejectedFile(
                RejectedFile.SEVERAL_ROWS,
                f"{self._location(*rows)}: expected one row for {entry!r}; found {len(rows)}",
            )
        if others and not names_photograph(entry):
            raise RejectedFile(
                RejectedFile.ROW_OF_SEVERAL_FILES,
                f"{self._location(*rows)}: {format_ambiguity(entry, first, others[0])}",
            )
        (row,) = rows
        if row.labels is None:
            raise RejectedFile(row.reason, row.detail)
        return FileLabels(row.labels, row.ranges)

    def without_file(self) -> Iterator[tuple[str, RejectedFile]]:
        """Yields the name of each row without a file, and the reason."""
        for row in (row for rows in self._rows.values() for row in rows):
            if not row.name:
                yield row.name, RejectedFile(row.reason, row.detail)
            elif row.name not in self._files:
                detail = f"{self._location(row)}: expected a file {row.name!r}; found none"
                yield row.name, RejectedFile(RejectedFile.ROW_WITHOUT_FILE, detail)

    def _location(self, *rows: ManifestRow) -> str:
        numbers = listed(str(row.number) for row in rows[:3])
        return f"{self._manifest}, {unit(self._manifest)} {numbers}"


def label_file(
    path: str,
    sha256: str,
    read: Callable[[], FileLabels],
    *,
    corrections: Corrections,
    takedowns: Takedowns,
) -> FileLabels:
    """Returns the labels of a file, with corrections applied.

    Args:
      path: path of the file, or of an archive and the member joined by `!`.
      sha256: SHA-256 of its bytes.
      read: returns its labels without corrections, or raises RejectedFile.
      corrections, takedowns: see IngestPlan.

    Raises:
      RejectedFile: if the file is taken down, or a label is unknown.
    """
    if takedowns.forbids(path, sha256):
        raise RejectedFile(RejectedFile.TAKEDOWN, "its removal was requested")
    entry = corrections.index.find(path)
    if entry is None:
        return read()
    corrected = corrections.by_name[entry].labels
    try:
        original = read()
    except RejectedFile as error:
        if len(corrected) < len(TASKS):
            raise
        return FileLabels(corrected, repairs=(error.reason,))
    ranges = {key: original.ranges[key] for key in original.ranges.keys() - corrected.keys()}
    return FileLabels({**original.labels, **corrected}, ranges, (LABELS_CORRECTED,))
