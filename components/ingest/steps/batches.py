"""What the steps of an ingest hand on: lists of values, by what is to be compared."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any, NamedTuple

from apache_beam.pvalue import TaggedOutput

from components.ingest.labels.names import own_name
from components.ingest.ledger.duplicates import Copy
from components.ingest.ledger.rows import LedgerRow
from components.ingest.steps.packing import bucket_of, pack, unpack
from trainer.features import LABEL_KEYS

# Names of outputs. By a unit's number: some rows of the ledger with the place of the first, and
# verdicts on rows.
ROWS, VERDICTS = "rows", "verdicts"
# By the bucket of their own name, their content and their looks: each file as Unlabelled, if a
# manifest has the labels; the Copy of each that may be used; and the hash and digest of it.
FILES, COPIES, LOOKS = "files", "copies", "looks"
# A Findings.
FINDINGS = "findings"
_FIELDS = [field.name for field in fields(LedgerRow)]


class Unlabelled(NamedTuple):
    """A listed file whose labels a manifest has.

    Attributes:
      unit: its unit and its place in it.
      place: see unit.
      path: of the file, or of an archive and the member joined by `!`.
      row: of the ledger, as far as it is known.
    """

    unit: int
    place: int
    path: str
    row: LedgerRow


class Batch:
    """What is known of some files, by what it is to be compared with.

    Attributes:
      rows: of a unit, with their places.
    """

    def __init__(self) -> None:
        self.rows: list[tuple[int, LedgerRow]] = []
        self._lists: dict[tuple[str, int], list[Any]] = defaultdict(list)

    def add_file(self, file: Unlabelled) -> None:
        self._lists[FILES, bucket_of(own_name(file.path))].append(file)

    def add_copy(self, unit: int, place: int, row: LedgerRow) -> None:
        """Adds a file with its labels, if it may be used."""
        if not row.used or row.labels is None or row.sha256 is None or row.group is None:
            return
        labels = tuple(row.ranges.get(key) or row.labels[key] for key in LABEL_KEYS)
        digest, looks = bytes.fromhex(row.sha256)[:16], bytes.fromhex(row.group)
        self._lists[COPIES, bucket_of(row.sha256)].append(
            Copy(digest, unit, place, row.name, labels)
        )
        self._lists[LOOKS, bucket_of(row.group)].append((looks, digest[:8]))

    def emit_rows(self, unit: int) -> Iterator[tuple[int, tuple[int, bytes]]]:
        if self.rows:
            yield unit, (self.rows[0][0], pack_rows(self.rows))
            self.rows = []

    def emit_copies(self, least: int = 0) -> Iterator[TaggedOutput]:
        """Yields all but the rows, once there are so many."""
        if sum(map(len, self._lists.values())) >= least:
            for (tag, bucket), values in self._lists.items():
                yield TaggedOutput(tag, (bucket, pack(values)))
            self._lists.clear()


def pack_rows(rows: Sequence[tuple[int, LedgerRow]]) -> bytes:
    return pack([(place, *vars(row).values()) for place, row in rows])


def unpack_rows(packed: bytes) -> Iterator[tuple[int, LedgerRow]]:
    for place, *values in unpack([packed]):
        yield place, LedgerRow(**dict(zip(_FIELDS, values, strict=True)))
