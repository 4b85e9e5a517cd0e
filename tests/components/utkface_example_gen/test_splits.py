"""Groups are divided by a hash: near the shares asked for, and for ever."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.utkface_example_gen.splits import Splitter


def test_the_shares_are_near_those_asked_for() -> None:
    splitter = Splitter({"train": 70, "eval": 10, "test": 20})
    counts = Counter(splitter.split_of(f"{number:016x}") for number in range(10_000))
    for name, share in (("train", 0.7), ("eval", 0.1), ("test", 0.2)):
        assert counts[name] / 10_000 == pytest.approx(share, abs=0.02)


def test_a_group_stays_where_it_is() -> None:
    splitter = Splitter({"train": 70, "eval": 10, "test": 20})
    assert [splitter.split_of(group) for group in ("0", "1", "2", "3", "4", "5")] == [
        *["train"] * 5,
        "test",
    ]


@given(st.dictionaries(st.text(min_size=1, max_size=4), st.integers(1, 99), min_size=1), st.text())
def test_every_group_lies_in_a_split(buckets: dict[str, int], group: str) -> None:
    assert Splitter(buckets).split_of(group) in buckets
