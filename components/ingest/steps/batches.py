"""Values that the steps of an ingest exchange: lists, keyed by what they are compared with."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from apache_beam.pvalue import TaggedOutput

from components.ingest.labels.names import own_name
from components.ingest.ledger.duplicates import Copy
from components.ingest.ledger.rows import LedgerRow
from components.ingest.steps.packing import bucket_of, pack
from trainer.features import LABEL_KEYS

# Names of outputs. Keyed by unit number: ledger rows of manifest rows without a file, and verdicts.
ROWS, VERDICTS = "rows", "verdicts"
# Keyed by the bucket of the file name, the content and the perceptual hash: each file as Unlabeled
# if a manifest has the labels; the Copy of each usable file; and its perceptual hash and digest.
FILES, COPIES, LOOKS = "files", "copies", "looks"
# The output for Findings.
FINDINGS = "findings"


class Unlabeled(NamedTuple):
    """A listed file whose labels are in a manifest.

    Attributes:
      unit: unit of the file.
      place: place of the file in its unit.
      path: path of the file, or of an archive and the member joined by `!`.
      row: row of the ledger, still without labels.
    """

    unit: int
    place: int
    path: str
    row: LedgerRow


class Batch:
    """Results of examining some files, keyed by what they are compared with."""

    def __init__(self) -> None:
        self._lists: dict[tuple[str, int], list[Any]] = defaultdict(list)

    def add_file(self, file: Unlabeled) -> None:
        self._lists[FILES, bucket_of(own_name(file.path))].append(file)

    def add_copy(self, unit: int, place: int, row: LedgerRow) -> None:
        """Adds a labeled file, if it is usable."""
        if not row.used or row.labels is None or row.sha256 is None or row.group is None:
            return
        labels = tuple(row.ranges.get(key) or row.labels[key] for key in LABEL_KEYS)
        digest, looks = bytes.fromhex(row.sha256)[:16], bytes.fromhex(row.group)
        self._lists[COPIES, bucket_of(row.sha256)].append(
            Copy(digest, unit, place, row.name, labels)
        )
        self._lists[LOOKS, bucket_of(row.group)].append((looks, digest[:8]))

    def flush(self, least: int = 0) -> Iterator[TaggedOutput]:
        """Yields the added values once there are at least `least`."""
        if sum(map(len, self._lists.values())) >= least:
            for (tag, bucket), values in self._lists.items():
                yield TaggedOutput(tag, (bucket, pack(values)))
            self._lists.clear()
