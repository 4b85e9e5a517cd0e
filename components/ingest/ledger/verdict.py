"""Verdicts on files that depend on other files or on a manifest."""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from components.ingest.labels.names import Labels
from components.ingest.ledger.rows import LedgerRow, Status


class Verdict(NamedTuple):
    """Why a file is not used after all, or its labels if a manifest has them.

    Attributes:
      unit: unit of the file.
      place: place of the file in its unit.
      reason: code of RejectedFile.REASONS; empty if there are labels.
      detail: expected and found value.
      labels, ranges: see LedgerRow.
      repairs: codes of changes to the labels.
    """

    unit: int
    place: int
    reason: str = ""
    detail: str = ""
    labels: Labels | None = None
    ranges: Mapping[str, tuple[int, int]] = {}
    repairs: tuple[str, ...] = ()

    def apply(self, row: LedgerRow) -> LedgerRow:
        """Returns the row of the file with the verdict applied."""
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
