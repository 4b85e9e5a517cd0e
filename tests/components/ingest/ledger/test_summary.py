"""Sums, limits and messages of an ingest, on handmade counts."""

from collections import Counter

import pytest

from components.errors import InputError
from components.ingest.ledger.findings import Findings
from components.ingest.ledger.summary import IngestSummary, SplitTally

COUNTS = {
    "listed": 100,
    "accepted": 85,
    "repaired": 5,
    "quarantined": 10,
    "ignored": 3,
    ("reason", ""): 85,
    ("reason", "orientation"): 5,
    ("reason", "truncated"): 4,
    ("reason", "duplicate"): 4,
    ("reason", "too-small"): 2,
    ("value", "gender", "female"): 50,
    ("ranged", "age"): 7,
    ("examples", "train"): 60,
    ("examples", "eval"): 30,
    ("digest", "train"): (1 << 256) + 10,
    ("digest", "eval"): 255,
}


def of(splits: tuple[str, ...] = ("train", "eval"), **changes: int) -> IngestSummary:
    findings = Findings(Counter({**COUNTS, **changes}), first_bad=((0, 3), "'b.jpg': cut off"))
    return IngestSummary.of(findings, splits)


def test_a_summary_has_all_counts() -> None:
    summary = of()
    assert (summary.listed, summary.accepted, summary.repaired) == (100, 85, 5)
    assert (summary.quarantined, summary.ignored, summary.used) == (10, 3, 90)
    assert summary.bad == 6  # without duplicates
    assert list(summary.by_reason.items()) == [
        ("orientation", 5),
        ("duplicate", 4),
        ("truncated", 4),
        ("too-small", 2),
    ]
    assert summary.distributions["gender"] == {"male": 0, "female": 50}
    assert summary.ranges == {"age": 7}
    assert summary.splits == {
        "train": SplitTally(60, f"{10:064x}"),
        "eval": SplitTally(30, f"{255:064x}"),
    }
    assert summary.first_bad == "'b.jpg': cut off"
    assert of(()).splits == {}


def test_without_duplicates_all_quarantined_files_are_bad() -> None:
    assert IngestSummary.of(Findings(Counter(listed=3, quarantined=3))).bad == 3


def test_lost_and_repeated_files_are_a_defect() -> None:
    for lost in (99, 101):
        with pytest.raises(RuntimeError, match=rf"the {lost} listed files; found 85 \+ 5 \+ 10\. "):
            of(listed=lost)
    with pytest.raises(RuntimeError, match="Expected 90 examples; 60 were written"):
        of(("train",))


def test_drawings_are_noted() -> None:
    assert of().note == "" and of(drawings=100).note.startswith("100 of the 100 images are draw")


def test_the_share_of_bad_files_may_equal_its_limit() -> None:
    of().check(max_bad_fraction=0.06)
    with pytest.raises(InputError) as caught:
        of().check(max_bad_fraction=0.059)
    assert str(caught.value) == (
        "Expected at most 5.9% of the files to be quarantined, duplicates not counted; of 100 "
        "listed files 90 can be used and 10 are quarantined: orientation 5, duplicate 4, truncated "
        "4, too-small 2. The first is 'b.jpg': cut off. Fix the source, or raise "
        "ingest.max_bad_fraction."
    )


def test_no_used_file_is_refused_before_the_share_of_bad_files() -> None:
    nothing = of((), listed=10, accepted=0, repaired=0)
    with pytest.raises(InputError, match=r"^Expected files named \[age\]_.* of 10 listed files 0 "):
        nothing.check(max_bad_fraction=1.0)
    empty = IngestSummary.of(Findings())
    with pytest.raises(
        InputError, match=r"of 0 listed files 0 can be used .* quarantined: none\.$"
    ):
        empty.check(max_bad_fraction=1.0)


def test_an_empty_split_is_named() -> None:
    with pytest.raises(InputError, match=r"^Expected examples in each split; found none in test;"):
        of(("train", "eval", "test")).check(max_bad_fraction=1.0)
    of().check(max_bad_fraction=1.0)
