"""Reads the outcome of an ingest: its summary or its problems, and its ledger."""

import fnmatch
import json
from collections.abc import Iterator

from components.ingest.ledger.findings import Findings
from components.ingest.ledger.rows import SUMMARY_FILE, LedgerRow
from components.ingest.ledger.summary import IngestSummary
from components.storage import files


def read_summary(ledger_uri: str) -> IngestSummary:
    """Returns the summary of a completed ingest.

    Raises:
      InputError: if an archive is damaged, an entry names several images, or a file changed.
      ResourceError: if a disk is full.
    """
    with files.open(f"{ledger_uri}/{SUMMARY_FILE}") as file:
        document = json.load(file)
    Findings(problems=[*map(tuple, document.get("problems", ()))]).check()
    return IngestSummary.from_dict(document)


def read_rows(ledger_uri: str, containing: str = "") -> Iterator[LedgerRow]:
    """Yields the rows of a ledger in the order in which the files were listed.

    Args:
      ledger_uri: folder of the ledger.
      containing: skips rows without this text, without parsing most of them.
    """
    for name in _ledger_files(ledger_uri):
        with files.open(f"{ledger_uri}/{name}") as file:
            for line in file:
                if containing.encode() in line:
                    yield LedgerRow.from_json(line.decode())


def ledger_place(ledger_uri: str) -> str:
    """Returns the path of the ledger file, or of its folder if it has several files."""
    names = _ledger_files(ledger_uri)
    return f"{ledger_uri}/{names[0]}" if len(names) == 1 else ledger_uri


def _ledger_files(ledger_uri: str) -> list[str]:
    return sorted(fnmatch.filter(files.listdir(ledger_uri), "ledger*.jsonl"))
