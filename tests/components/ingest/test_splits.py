"""A hash assigns groups to splits: close to the requested shares, and permanently."""

import hashlib
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.ingest.splits import assign_split


def test_shares_are_close_to_the_requested_shares() -> None:
    buckets = {"train": 70, "eval": 10, "test": 20}
    counts = Counter(assign_split(f"{number:016x}", buckets) for number in range(10_000))
    for name, share in (("train", 0.7), ("eval", 0.1), ("test", 0.2)):
        assert counts[name] / 10_000 == pytest.approx(share, abs=0.02)


def test_the_split_of_a_group_never_changes() -> None:
    buckets = {"train": 70, "eval": 10, "test": 20}
    assert [assign_split(group, buckets) for group in ("0", "1", "2", "3", "4", "5")] == [
        *["train"] * 5,
        "test",
    ]


# For each bucket, the first number whose 16 hexadecimal digits hash into the bucket.
@pytest.mark.parametrize(
    ("bucket", "number", "split"),
    [
        (0, 45, "train"),
        (69, 19, "train"),
        (70, 59, "eval"),
        (79, 48, "eval"),
        (80, 105, "test"),
        (99, 55, "test"),
    ],
)
def test_a_split_includes_its_first_and_its_last_bucket(
    bucket: int, number: int, split: str
) -> None:
    group = f"{number:016x}"
    digest = hashlib.sha256(group.encode()).hexdigest()
    assert int(digest[:16], 16) % 100 == bucket
    assert assign_split(group, {"train": 70, "eval": 10, "test": 20}) == split


def test_splits_of_one_bucket_each_get_their_bucket() -> None:
    """With one bucket per split, each bucket is both the first and the last."""
    buckets = {"a": 1, "b": 1, "c": 1}
    for group in map(str, range(100)):
        bucket = int(hashlib.sha256(group.encode()).hexdigest()[:16], 16) % 3
        assert assign_split(group, buckets) == "abc"[bucket]


@given(st.dictionaries(st.text(min_size=1, max_size=4), st.integers(1, 99), min_size=1), st.text())
def test_every_group_is_in_a_split(buckets: dict[str, int], group: str) -> None:
    assert assign_split(group, buckets) in buckets
