"""The ledger as a TFX artifact."""

from collections.abc import Iterator
from itertools import islice

from tfx.types import artifact

from components.ingest.ledger.rows import LedgerRow
from components.ingest.ledger.summary import IngestSummary
from components.ingest.outcome import read_outcome, read_rows

LEDGER_KEY = "ledger"
# An int property of examples: how many of them are drawings of `utkface sample`.
DRAWINGS_PROPERTY = "drawings"


class Ledger(artifact.Artifact):
    """A row for each listed file, and their summary, readable without TFX."""

    # Kubeflow Pipelines requires a name of two parts.
    TYPE_NAME = "utkface.Ledger"


def read_summary(uri: str) -> IngestSummary:
    return read_outcome(uri)


def read_quarantined_for(uri: str, reason: str) -> Iterator[LedgerRow]:
    """Yields the rows of the files that are quarantined for this reason."""
    return (row for row in read_rows(uri, reason) if row.reason == reason)


def read_quarantined(uri: str, *, most: int) -> list[LedgerRow]:
    """Returns the first rows of quarantined files."""
    return list(islice((row for row in read_rows(uri) if not row.used), most))
