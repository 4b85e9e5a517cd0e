"""The counts of an ingest: order-free digests, and checks that lose no file in silence."""

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.errors import InputError
from components.utkface_example_gen.summary import IngestSummary, SplitTally

RECORDS = st.lists(st.binary(max_size=8), max_size=12)


def tally(records: list[bytes]) -> SplitTally:
    return SplitTally.of(hashlib.sha256(record).digest() for record in records)


@given(RECORDS, st.randoms())
def test_a_tally_does_not_depend_on_the_order(records: list[bytes], random: object) -> None:
    shuffled = list(records)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert tally(shuffled) == tally(records)


@given(RECORDS, RECORDS, RECORDS)
def test_merging_is_counting_together_however_it_is_grouped(
    first: list[bytes], second: list[bytes], third: list[bytes]
) -> None:
    a, b, c = map(tally, (first, second, third))
    merge = SplitTally.merge
    assert merge((merge((a, b)), c)) == merge((a, merge((b, c)))) == merge((c, a, b))
    assert merge((a, b, c)) == tally(first + second + third)


@given(RECORDS, RECORDS)
def test_tallies_are_equal_exactly_when_the_records_are(
    first: list[bytes], second: list[bytes]
) -> None:
    assert (tally(first) == tally(second)) == (sorted(first) == sorted(second))


def test_a_record_that_is_there_twice_counts_twice() -> None:
    assert tally([b"a", b"a"]).examples == 2
    assert tally([b"a", b"a"]).digest not in (tally([b"a"]).digest, tally([]).digest)


def test_nothing_has_a_tally_of_its_own() -> None:
    assert SplitTally.of(()) == SplitTally.merge(()) == SplitTally(0, "0" * 64)


def test_the_sum_wraps_at_256_bits() -> None:
    assert SplitTally.of([b"\xff" * 32, b"\0" * 31 + b"\2"]) == SplitTally(2, "0" * 63 + "1")


FULL = IngestSummary(
    listed=5,
    drawings=1,
    quarantined={"empty-file": 1, "name-grammar": 1},
    splits={"train": tally([b"a", b"b"]), "eval": tally([b"c"])},
)


def test_counts_that_add_up_pass() -> None:
    assert FULL.accepted == 3
    FULL.check()


@pytest.mark.parametrize("listed", [4, 6])
def test_a_file_lost_or_counted_twice_is_a_defect(listed: int) -> None:
    summary = IngestSummary(listed, 0, FULL.quarantined, FULL.splits)
    with pytest.raises(RuntimeError) as caught:
        summary.check()
    assert str(caught.value) == (
        f"Expected accepted + quarantined to be the {listed} listed files; found 3 + 2. "
        "This is a defect; please report it."
    )


def test_empty_splits_are_named_with_the_counts() -> None:
    splits = {**FULL.splits, "test": tally([]), "spare": tally([])}
    with pytest.raises(InputError) as caught:
        IngestSummary(5, 0, FULL.quarantined, splits).check()
    assert str(caught.value) == (
        "Expected examples in each split; found none in test, spare: of 5 listed files 3 were "
        "accepted, and quarantined: {'empty-file': 1, 'name-grammar': 1}. "
        "Give more files, or other split sizes."
    )


def test_an_empty_split_with_nothing_quarantined_says_none() -> None:
    with pytest.raises(InputError, match="0 were accepted, and quarantined: none"):
        IngestSummary(0, splits={"train": tally([])}).check()


def test_what_is_written_is_read_again_and_is_plain_json(tmp_path: Path) -> None:
    path = tmp_path / "summary.json"
    FULL.write(str(path))
    assert IngestSummary.read(str(path)) == FULL
    document = json.loads(path.read_text())
    assert list(document) == ["accepted", "listed", "drawings", "quarantined", "splits"]
    assert document["accepted"] == 3
    assert document["splits"]["eval"] == {"examples": 1, "digest": tally([b"c"]).digest}
