"""What is known of a file only once it is compared with others."""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from components.ingest.labels.names import Labels
from components.ingest.ledger.rows import LedgerRow, Status


class Verdict(NamedTuple):
    """Why a file is not used after all; or its labels, if they are not in its name.

    Attributes:
      unit: the file's unit and its place in it.
      place: see unit.
      reason: a code of RejectedFile.REASONS; empty if there are labels.
      detail: what was expected and what was found.
      labels, ranges: see LedgerRow.
      repairs: codes of what was changed about the labels.
    """

    unit: int
    place: int
    reason: str = ""
    detail: str = ""
    labels: Labels | None = None
    ranges: Mapping[str, tuple[int, int]] = {}
    repairs: tuple[str, ...] = ()

    def apply(self, row: LedgerRow) -> LedgerRow:
        """Returns the row of the file as it is with the verdict."""
        if self.reason:
            status = Status.QUARANTINED
            return replace(
                row, status=status.value, reason=self.reason, detail=self.detail, split=""
            )
        if not row.used:
            return row
        reason = ", ".join(filter(None, (*self.repairs, row.reason)))
        status = Status.REPAIRED if reason else Status.ACCEPTED
        return replace(
            row, status=status.value, reason=reason, labels=self.labels, ranges=self.ranges
        )
