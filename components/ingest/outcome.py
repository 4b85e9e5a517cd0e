"""Reads the outcome of an ingest: its summary or its problems, and its ledger."""

import fnmatch
import json
from collections.abc import Iterator

from components.damaged_files import name_damaged
from components.ingest.ledger.findings import Findings
from components.ingest.ledger.rows import SUMMARY_FILE, LedgerRow
from components.ingest.ledger.summary import IngestSummary
from components.storage import files


def read_summary(ledger_uri: str) -> IngestSummary:
    """Returns the summary of a completed ingest.

    Raises:
      InputError: if an archive is damaged, an entry names several images, or a file changed; or if
        the summary itself is damaged.
      ResourceError: if a disk is full.
    """
    path = f"{ledger_uri}/{SUMMARY_FILE}"
    with files.open(path) as file:
        text = file.read()
    with name_damaged(path, "the summary of an ingest"):
        document = json.loads(text)
        problems = [(str(kind), str(what)) for kind, what in document.get("problems", ())]
        summary = None if problems else IngestSummary.from_dict(document)
    Findings(problems=problems).check()
    assert summary is not None
    return summary


def read_rows(ledger_uri: str, containing: str = "") -> Iterator[LedgerRow]:
    """Yields the rows of a ledger in the order in which the files were listed.

    Args:
      ledger_uri: folder of the ledger.
      containing: skips rows without this text, without parsing most of them.

    Raises:
      InputError: if a row is damaged.
    """
    for name in _ledger_files(ledger_uri):
        path = f"{ledger_uri}/{name}"
        with files.open(path) as file:
            for number, line in enumerate(file, 1):
                if containing.encode() in line:
                    with name_damaged(f"{path}, line {number}", "a row of a ledger"):
                        row = LedgerRow.from_json(line.decode())
                    yield row


def ledger_place(ledger_uri: str) -> str:
    """Returns the path of the ledger file, or of its folder if it has several files."""
    names = _ledger_files(ledger_uri)
    return f"{ledger_uri}/{names[0]}" if len(names) == 1 else ledger_uri


def _ledger_files(ledger_uri: str) -> list[str]:
    return sorted(fnmatch.filter(files.listdir(ledger_uri), "ledger*.jsonl"))
