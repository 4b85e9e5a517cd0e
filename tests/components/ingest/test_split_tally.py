"""Digests of splits: equal for equal records, whatever their order."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from components.ingest.ledger.summary import SplitTally


def tally(records: list[bytes]) -> SplitTally:
    return SplitTally.of(hashlib.sha256(record).digest() for record in records)


def test_nothing_has_a_digest_of_zeros() -> None:
    assert tally([]) == SplitTally(0, "0" * 64)


@given(st.lists(st.binary(), max_size=20), st.randoms())
def test_the_order_does_not_matter(records: list[bytes], random) -> None:
    shuffled = list(records)
    random.shuffle(shuffled)
    assert tally(shuffled) == tally(records)


@given(st.lists(st.binary(), min_size=1, max_size=20), st.binary())
def test_another_record_is_another_digest(records: list[bytes], other: bytes) -> None:
    if other != records[0]:
        assert tally([other, *records[1:]]).digest != tally(records).digest
    assert tally([*records, other]).digest != tally(records).digest
