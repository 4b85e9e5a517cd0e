"""The artifact that holds the ledger."""

import json
from collections.abc import Iterator
from itertools import islice

from tfx.dsl.io import fileio
from tfx.types import artifact

from components.ingest.ledger.rows import LEDGER_FILE, SUMMARY_FILE, LedgerRow, Status
from components.ingest.ledger.summary import IngestSummary

LEDGER_KEY = "ledger"
# An int property of the examples: how many of them are drawings of `utkface sample`.
DRAWINGS_PROPERTY = "drawings"


class Ledger(artifact.Artifact):
    """One row for each listed file, and their summary, readable without TFX."""

    # Kubeflow Pipelines wants a name of two parts.
    TYPE_NAME = "utkface.Ledger"


def read_summary(uri: str) -> IngestSummary:
    with fileio.open(f"{uri}/{SUMMARY_FILE}", "r") as file:
        return IngestSummary.from_dict(json.load(file))


def read_quarantined_for(uri: str, reason: str) -> Iterator[LedgerRow]:
    """Yields the rows of the files that are not used for a reason."""
    with fileio.open(f"{uri}/{LEDGER_FILE}", "r") as file:
        for line in file:
            # Most lines need no look inside.
            if reason in line and (row := LedgerRow(**json.loads(line))).reason == reason:
                yield row


def read_quarantined(uri: str, *, most: int) -> list[LedgerRow]:
    """Returns the first rows of the files that are not used."""
    with fileio.open(f"{uri}/{LEDGER_FILE}", "r") as file:
        rows = (LedgerRow(**json.loads(line)) for line in file)
        return list(islice((row for row in rows if row.status == Status.QUARANTINED), most))
