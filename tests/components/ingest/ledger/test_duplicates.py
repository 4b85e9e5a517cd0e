"""Which copies of an image are used, and what is counted, on handmade files."""

import itertools
import random

import pytest

from components.ingest.ledger.duplicates import Copy, Duplicates, count_near, judge_copies
from components.ingest.ledger.rows import Verdict

AGE, BAND = (30, 0, 1), ((0, 9), 0, 1)


def copy(digest: str, place: int, labels: tuple, unit: int = 0) -> Copy:
    return Copy(digest.encode(), unit, place, f"{digest}{unit}{place}.jpg", labels)


def judge(*copies: Copy) -> tuple[dict[str, float], list[Verdict]]:
    """Judges copies in random order; the outcome never depends on it."""
    counts, verdicts = judge_copies(random.Random(7).sample(copies, len(copies)))
    return dict(counts), verdicts


def test_images_without_a_copy_are_used() -> None:
    assert judge(*(copy(digest, 0, AGE) for digest in "abc")) == ({}, [])


def test_the_first_of_equal_copies_is_used() -> None:
    counts, verdicts = judge(
        copy("a", 4, AGE, unit=1),
        copy("b", 0, AGE),
        copy("c", 1, AGE),
        copy("c", 2, AGE),
        copy("a", 9, AGE),
        copy("a", 3, AGE, unit=1),
    )
    assert counts == {"exact_groups": 2, "exact_files": 5}
    same = "the same image and labels as "
    assert verdicts == [
        Verdict(1, 3, "duplicate", f"{same}'a09.jpg'"),
        Verdict(1, 4, "duplicate", f"{same}'a09.jpg'"),
        Verdict(0, 2, "duplicate", f"{same}'c01.jpg'"),
    ]


def test_no_copy_is_used_if_their_labels_disagree() -> None:
    files = [
        copy("a", 0, AGE),
        copy("a", 1, (33, 0, 1)),
        copy("a", 2, (39, 1, 1)),
        copy("b", 3, AGE),
    ]
    counts, verdicts = judge(*files)
    assert counts == {
        "exact_groups": 1,
        "exact_files": 3,
        "conflicting_groups": 1,
        "conflicting_files": 3,
        # The pairs differ by 3, 6 and 9 years.
        "mean_age_difference": 6,
    }
    detail = (
        "expected one label for one image; found 3 in files with the same bytes, such as 'a00.jpg'"
    )
    assert verdicts == [Verdict(0, place, "label-conflict", detail) for place in range(3)]


@pytest.mark.parametrize(
    ("ages", "difference"),
    [
        ([30, 31], 1),
        ([31, 30, 30], 2 / 3),
        ([30, 30, 34, 34], 16 / 6),
        ([30, 30, 30], 0),
        ([30], 0),
        ([], 0),
    ],
)
def test_the_mean_difference_is_over_all_pairs_with_exact_labels(
    ages: list[int], difference: float
) -> None:
    exact = [copy("a", place, (age, place, 1)) for place, age in enumerate(ages)]
    ranges = [copy("a", 7 + place, ((0, 9 + place), 0, 1)) for place in range(2)]
    counts, verdicts = judge(*exact, *ranges)
    assert float(counts["mean_age_difference"]) == pytest.approx(difference)
    assert len(verdicts) == counts["conflicting_files"] == len(ages) + 2


def test_counts_of_several_images_are_summed_up() -> None:
    first, _ = judge_copies([copy("a", 0, AGE), copy("a", 1, (33, 0, 1))])
    second, _ = judge_copies([copy("b", 0, AGE), copy("b", 1, (30, 1, 1)), copy("c", 0, AGE)])
    looks = count_near([(b"1", b"a"), (b"1", b"b"), (b"2", b"c"), (b"2", b"c")])
    found = Duplicates.of(first + second + looks)
    assert found == Duplicates(2, 4, 2, 4, {"age": 1.5}, 1, 2)
    assert found.differences == [("ages", "1.5 years")]
    assert found.to_dict() == {
        "exact_groups": 2,
        "exact_files": 4,
        "conflicting_groups": 2,
        "conflicting_files": 4,
        "near_groups": 1,
        "near_files": 2,
        "mean_age_difference": 1.5,
    }
    assert Duplicates.from_dict(found.to_dict()) == found
    assert Duplicates.of({**dict.fromkeys(vars(found), 0), "mean_age_difference": 0}) == Duplicates(
        0, 0, 0, 0, {"age": 0.0}, 0, 0
    )


def test_the_mean_difference_has_two_decimal_places() -> None:
    counts, _ = judge_copies([copy("a", place, (age, 0, 1)) for place, age in enumerate((1, 2, 2))])
    assert Duplicates.of(counts).mean_differences == {"age": 0.67}


def test_different_images_that_look_alike_are_counted_once_per_file() -> None:
    looks = [(b"1", b"a"), (b"1", b"a"), (b"1", b"b"), (b"2", b"c"), (b"3", b"d"), (b"3", b"d")]
    for order in itertools.permutations(looks):
        assert dict(count_near(order)) == {"near_groups": 1, "near_files": 3}
