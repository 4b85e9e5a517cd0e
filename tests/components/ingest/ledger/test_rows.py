"""Rows of the ledger, and verdicts on them."""

import dataclasses
import json

import pytest

from components.ingest.ledger.rows import LedgerRow, Verdict, ledger_file

LABELS = {"age": 30, "gender": 1, "race": 0}
ROW = LedgerRow(name="a.jpg", status="accepted", split="train", group="0" * 16)


def test_a_verdict_with_a_reason_quarantines_a_row() -> None:
    judged = Verdict(0, 1, "duplicate", "as b.jpg").apply(ROW)
    assert judged == LedgerRow(
        name="a.jpg", status="quarantined", reason="duplicate", detail="as b.jpg", group="0" * 16
    )
    assert not judged.used and ROW.used


@pytest.mark.parametrize(
    ("repairs", "before", "status", "reason"),
    [
        ((), "", "accepted", ""),
        ((), "orientation", "repaired", "orientation"),
        (("labels-corrected",), "", "repaired", "labels-corrected"),
        (("labels-corrected",), "orientation", "repaired", "labels-corrected, orientation"),
    ],
)
def test_a_verdict_with_labels_adds_them_and_the_repairs(
    repairs: tuple[str, ...], before: str, status: str, reason: str
) -> None:
    row = dataclasses.replace(ROW, reason=before, status="repaired" if before else "accepted")
    verdict = Verdict(0, 1, labels=LABELS, ranges={"age": (0, 9)}, repairs=repairs)
    judged = verdict.apply(row)
    assert (judged.status, judged.reason, judged.split) == (status, reason, "train")
    assert (judged.labels, judged.ranges) == (LABELS, {"age": (0, 9)})


def test_labels_do_not_bring_back_a_quarantined_row() -> None:
    row = LedgerRow.quarantined("truncated", "cut off", name="a.jpg")
    assert Verdict(0, 1, labels=LABELS).apply(row) is row


def test_a_row_is_one_line_and_cannot_be_changed() -> None:
    assert ROW.to_json().count("\n") == 1 and json.loads(ROW.to_json())["group"] == "0" * 16
    assert LedgerRow.from_json(ROW.to_json()) == ROW
    assert ROW.drawing is False
    with pytest.raises(dataclasses.FrozenInstanceError):
        ROW.status = "quarantined"  # type: ignore[misc]


def test_a_ledger_has_one_file_or_numbered_files() -> None:
    assert ledger_file(0, 1) == "ledger.jsonl"
    assert ledger_file(1, 12) == "ledger-00001-of-00012.jsonl"
