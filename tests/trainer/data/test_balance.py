"""What the groups count for: alike, 1 on average, and never beyond the bound."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.data.balance import BALANCE_FILE, GROUPS, Balance, format_weight, group_weights

COUNTS = st.lists(st.integers(0, 5000), min_size=1, max_size=10).filter(any)


@pytest.mark.parametrize(
    ("counts", "max_weight", "weights"),
    [
        # Without the bound: examples / (groups present * examples of the group).
        ((60, 30, 10), 10.0, (100 / 180, 100 / 90, 100 / 30)),
        ((7, 7), 10.0, (1.0, 1.0)),
        ((5,), 10.0, (1.0,)),
        ((8, 0, 2), 10.0, (10 / 16, 0.0, 10 / 4)),
        # The two that are short get 2, and the others share the 60 that are left.
        ((60, 30, 8, 2), 2.0, (40 / 60, 40 / 30, 2.0, 2.0)),
        # Clipped to 10 and scaled to mean 1, the rare one would weigh 20.
        ((9999, 1), 10.0, (9990 / 9999, 10.0)),
        ((90, 10), 1.0, (1.0, 1.0)),
    ],
)
def test_weights_by_hand(counts, max_weight, weights) -> None:
    assert group_weights(counts, max_weight) == pytest.approx(weights)


@given(COUNTS, st.floats(1, 1000))
def test_weights_are_1_on_average_within_the_bound_and_fall_with_the_count(counts, max_weight):
    weights = group_weights(counts, max_weight)
    total = sum(weight * count for weight, count in zip(weights, counts, strict=True))
    assert total == pytest.approx(sum(counts))
    assert max(weights) <= max_weight
    present = [(n, w) for n, w in zip(counts, weights, strict=True) if n]
    assert all(weight > 0 for _, weight in present)
    assert [w for _, w in sorted(present, key=lambda one: (one[0], -one[1]))] == pytest.approx(
        sorted((w for _, w in present), reverse=True)
    )


@given(COUNTS)
def test_groups_count_alike_where_none_is_at_the_bound(counts) -> None:
    weights = group_weights(counts, float(sum(counts)))
    shares = [weight * count for weight, count in zip(weights, counts, strict=True) if count]
    assert shares == pytest.approx([sum(counts) / len(shares)] * len(shares))


def test_without_examples_there_is_nothing_to_weigh() -> None:
    with pytest.raises(ValueError, match=r"Expected examples in the train split .*none\."):
        group_weights([0, 0], 10.0)


@pytest.fixture
def balance() -> Balance:
    """White male 60, White female 30, Others female 10, and nobody else."""
    return Balance("weights", 3.0, (60, 30, *[0] * 7, 10))


def test_a_line_for_the_log(balance: Balance) -> None:
    assert balance.describe() == "White male 0.58, White female 1.2, Others female 3"


@pytest.mark.parametrize(
    ("weight", "words"),
    [(0.423, "0.42"), (1.0, "1"), (4.76, "4.8"), (9.99, "10"), (12.4, "12"), (1234.5, "1,234")],
)
def test_a_weight_in_words(weight: float, words: str) -> None:
    assert format_weight(weight) == words


def test_the_absent_are_named(balance: Balance) -> None:
    assert len(balance.absent) == 7
    assert balance.absent[0] == "Black male" and balance.absent[-1] == "Others male"


def test_the_record_has_a_row_for_every_group_with_its_share_before_and_after(
    balance: Balance, tmp_path
) -> None:
    balance.save(f"{tmp_path}/run/logs")
    told = json.loads((tmp_path / "run" / "logs" / BALANCE_FILE).read_text())
    groups = told.pop("groups")
    assert told == {"method": "weights", "max_weight": 3.0, "examples": 100}
    assert [(group["race"], group["gender"]) for group in groups] == list(GROUPS)
    assert groups[0] == {
        "race": "White",
        "gender": "male",
        "examples": 60,
        "weight": pytest.approx(35 / 60),
        "share": pytest.approx(0.6),
        "effective_share": pytest.approx(0.35),
    }
    assert (groups[9]["weight"], groups[9]["effective_share"]) == (3.0, pytest.approx(0.3))
    assert groups[2] == {
        "race": "Black",
        "gender": "male",
        "examples": 0,
        "weight": None,
        "share": 0.0,
        "effective_share": 0.0,
    }
    assert sum(group["effective_share"] for group in groups) == pytest.approx(1)
