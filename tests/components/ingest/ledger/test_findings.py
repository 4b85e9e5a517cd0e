"""Counts of rows, in any order."""

from collections import Counter

import pytest

from components.errors import InputError, ResourceError
from components.ingest.ledger.findings import Findings, merge_findings
from components.ingest.ledger.rows import LedgerRow

LABELS = {"age": 30, "gender": 1, "race": 0}
USED = LedgerRow(name="a.jpg", status="accepted", split="train", labels=LABELS, drawing=True)
BAD = LedgerRow.quarantined("truncated", "cut off", name="b.jpg")
COPY = LedgerRow.quarantined("duplicate", "as a.jpg", name="c.jpg", labels=LABELS, split="train")


def of(*rows: LedgerRow, unit: int = 0) -> Findings:
    findings = Findings()
    for place, row in enumerate(rows):
        findings.add_row((unit, place), row)
    return findings


def test_a_used_row_is_counted_by_split_and_by_each_label() -> None:
    ranged = LedgerRow(
        name="d", status="repaired", reason="x", split="eval", labels=LABELS, ranges={"age": (0, 9)}
    )
    counts = of(USED, USED, ranged).counts
    assert counts["accepted"] == counts["split", "train"] == counts["drawings"] == 2
    assert counts["repaired"] == counts["reason", "x"] == counts["split", "eval"] == 1
    assert counts["value", "gender", "female"] == counts["value", "race", "White"] == 3
    assert counts["ranged", "age"] == 1
    assert counts["quarantined"] == 0 and of(USED).first_bad is None


def test_a_quarantined_row_is_counted_by_reason_only() -> None:
    found = of(BAD, COPY, BAD)
    assert found.counts == Counter(
        {"quarantined": 3, ("reason", "truncated"): 2, ("reason", "duplicate"): 1}
    )
    assert found.first_bad == ((0, 0), "'b.jpg': truncated, cut off")
    assert of(COPY, COPY).first_bad is None


def test_a_used_row_without_labels_is_no_example() -> None:
    assert ("split", "") not in of(LedgerRow(name="a", status="accepted")).counts


def test_the_first_bad_file_is_the_first_in_the_order_of_the_files() -> None:
    other = LedgerRow.quarantined("too-small", "1 x 1", name="e.jpg")
    findings = Findings()
    for place, row in (((1, 5), BAD), ((0, 9), other), ((1, 0), BAD)):
        findings.add_row(place, row)
    assert findings.first_bad == ((0, 9), "'e.jpg': too-small, 1 x 1")
    for several in ([of(BAD, unit=2), findings, Findings()], [findings, of(BAD, unit=2)]):
        merged = merge_findings(several)
        assert merged.first_bad == ((0, 9), "'e.jpg': too-small, 1 x 1")
        assert merged.counts["quarantined"] == 4
    assert merge_findings([Findings(), of(BAD)]).first_bad == (
        (0, 0),
        "'b.jpg': truncated, cut off",
    )
    assert merge_findings([]).first_bad is None


def test_the_bytes_are_found_by_unit() -> None:
    counts = Counter({("bytes", 3): 9, ("bytes", 0): 0, ("reason", "x"): 7, "listed": 1})
    assert Findings(counts=counts).bytes_by_unit() == {3: 9, 0: 0}


def test_the_first_problem_is_raised_in_alphabetical_order() -> None:
    Findings().check()
    full, damaged = ResourceError("b is full"), InputError("c is damaged")
    both = merge_findings([Findings.of_problem(full), Findings.of_problem(damaged)])
    assert both.problems == [("ResourceError", "b is full"), ("InputError", "c is damaged")]
    with pytest.raises(InputError, match=r"^c is damaged$"):
        both.check()
    with pytest.raises(ResourceError, match=r"^b is full$"):
        Findings.of_problem(full).check()
