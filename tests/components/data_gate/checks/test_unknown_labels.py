"""Labels out of range in the ledger become findings."""

import json
from pathlib import Path

import pytest

from components.data_gate.checks.limits import ShareLimits
from components.data_gate.checks.unknown_labels import check_unknown_labels
from components.data_gate.finding import Finding, Level, UnknownLabel
from components.ingest.labels.names import OutOfRange
from components.ingest.ledger.duplicates import Duplicates
from components.ingest.ledger.rows import SUMMARY_FILE, LedgerRow, Status, ledger_file
from components.ingest.ledger.summary import IngestSummary
from components.ingest.rejection import RejectedFile
from components.utkface_example_gen.artifact import Ledger
from trainer.tasks import AGE, RACE

LIMITS = ShareLimits(warn=0.01, stop=0.05)


def name_of(race: int, number: int = 0, age: int = 30) -> str:
    return f"folder/{age}_0_{race}_2026010101010{number:04}.jpg"


def found(folder: Path, *rows: tuple[str, str], listed: int = 100) -> list[Finding]:
    """Checks a ledger of quarantined files, each a reason and a name."""
    reasons = [reason for reason, _ in rows]
    summary = IngestSummary(
        listed=listed,
        accepted=listed - len(rows),
        repaired=0,
        quarantined=len(rows),
        ignored=0,
        by_reason={reason: reasons.count(reason) for reason in reasons},
        duplicates=Duplicates(0, 0, 0, 0, {}, 0, 0),
        distributions={},
        drawings=0,
        splits={},
    )
    (folder / SUMMARY_FILE).write_text(json.dumps(summary.to_dict()))
    lines = [
        LedgerRow(name=name, status=Status.QUARANTINED.value, reason=reason).to_json()
        for reason, name in rows
    ]
    (folder / ledger_file(0, 1)).write_text("".join(lines))
    ledger = Ledger()
    ledger.uri = str(folder)
    return list(check_unknown_labels(ledger, LIMITS))


RANGE = RejectedFile.LABEL_OUT_OF_RANGE


def test_a_label_is_counted_with_its_first_file_the_most_frequent_first(tmp_path: Path) -> None:
    rows = [(RANGE, name_of(8))]
    rows += [(RANGE, name_of(7, number)) for number in range(6)]
    rows += [(RANGE, name_of(0, number, age=140)) for number in range(3)]
    assert found(tmp_path, *rows) == [
        Finding(
            level=level,
            check="labels",
            where="files",
            found=files / 100,
            limit=limit,
            facts=UnknownLabel(OutOfRange(task, value), files, 100, name),
        )
        for level, files, limit, task, value, name in (
            (Level.STOP, 6, 0.05, RACE, 7, name_of(7)),
            (Level.WARN, 3, 0.01, AGE, 140, name_of(0, age=140)),
        )
    ]


@pytest.mark.parametrize(("files", "level"), [(2, Level.WARN), (3, Level.STOP)])
def test_two_files_may_be_typos_however_few_are_listed(
    files: int, level: Level, tmp_path: Path
) -> None:
    rows = [(RANGE, name_of(7, number)) for number in range(files)]
    (one,) = found(tmp_path, *rows, listed=10)
    assert (one.level, one.found, one.limit) == (level, files / 10, 0.05)


def test_a_label_below_the_limit_does_not_hide_the_next(tmp_path: Path) -> None:
    rows = [(RANGE, name_of(7)), (RANGE, name_of(8))]
    assert found(tmp_path, *rows, listed=100) == []
    assert len(found(tmp_path, *rows, listed=99)) == 2


def test_other_reasons_and_labels_of_a_manifest_are_left_out(tmp_path: Path) -> None:
    other = (RejectedFile.TRUNCATED, name_of(7) + f"?{RANGE}")
    assert found(tmp_path, other) == []
    rows = [other, (RANGE, "a/face.jpg"), (RANGE, name_of(0)), (RANGE, name_of(7))]
    (one,) = found(tmp_path, *rows, listed=50)
    assert one.facts == UnknownLabel(OutOfRange(RACE, 7), 1, 50, name_of(7))
