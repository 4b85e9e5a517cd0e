"""What the steps of an ingest hand on: lists of values, by what is to be compared."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from apache_beam.pvalue import TaggedOutput

from components.ingest.labels.names import own_name
from components.ingest.ledger.duplicates import Copy
from components.ingest.ledger.rows import LedgerRow
from components.ingest.steps.packing import bucket_of, pack
from trainer.features import LABEL_KEYS

# Names of outputs. By a unit's number: rows of the ledger that no file has, and verdicts on rows.
ROWS, VERDICTS = "rows", "verdicts"
# By the bucket of their own name, their content and their looks: each file as Unlabelled, if a
# manifest has the labels; the Copy of each that may be used; and the hash and digest of it.
FILES, COPIES, LOOKS = "files", "copies", "looks"
# A Findings.
FINDINGS = "findings"


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
    """What is known of some files, by what it is to be compared with."""

    def __init__(self) -> None:
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

    def emit_copies(self, least: int = 0) -> Iterator[TaggedOutput]:
        """Yields what was added, once it is so many values."""
        if sum(map(len, self._lists.values())) >= least:
            for (tag, bucket), values in self._lists.items():
                yield TaggedOutput(tag, (bucket, pack(values)))
            self._lists.clear()
