"""Distances from TFX's validators, compared with limits, on handmade slices."""

import pytest

from components.data_gate.checks.anomalies import Distance
from components.data_gate.checks.distances import check_distances
from components.data_gate.checks.settings import DriftLimits
from components.data_gate.finding import Finding, Level, LimitsBelowChance, MeanShift, ShareShift
from components.data_gate.slice_statistics import ALL, Numbers, Slice

# So many that chance moves nothing.
MANY = 100_000_000


def examples(count: int = MANY, age: float = 33.0, known: float | None = None) -> dict[str, Slice]:
    """Makes a split: three quarters are White, and the others Black or Asian."""
    numbers = {
        "age": Numbers(count if known is None else known, age, 20.0, ()),
        "brightness": Numbers(count, 100.0, 5.0, ()),
    }
    counts = {"race": {"White": 0.75 * count, "Black": 0.25 * count}}
    return {ALL: Slice(count, numbers, counts)}


def check(
    *distances: Distance,
    now: dict[str, Slice] | None = None,
    before: dict[str, Slice] | None = None,
    **limits: dict[str, float | None],
) -> list[Finding]:
    asked = DriftLimits.model_validate(
        {name: {"warn": 0.1, "stop": 0.2} for name in ("age", "race", "brightness")} | limits
    )
    return list(
        check_distances(
            distances,
            asked,
            check="drift",
            now={"train": now or examples()},
            before={"train": before or examples()},
        )
    )


def of(feature: str, value: float | None) -> Distance:
    return Distance("train", "train", feature, value)


def test_a_distance_above_a_limit_is_a_finding_with_both_means() -> None:
    (found,) = check(of("age", 0.15), before=examples(age=30.0))
    assert found == Finding(
        level=Level.WARN,
        check="drift",
        where="train",
        feature="age",
        found=0.15,
        limit=0.1,
        facts=MeanShift(33.0, 30.0, 20.0),
    )
    assert check(of("age", 0.1)) == []


def test_a_share_that_appears_or_disappears_is_named_with_zero_on_the_other_side() -> None:
    counts = {"race": {"White": 0.75 * MANY, "Asian": 0.25 * MANY}}
    asian = {ALL: Slice(MANY, {}, counts)}
    (found,) = check(of("race", 0.25), now=asian)
    # Black fell as much as Asian rose: the first in alphabetical order is named.
    assert (found.level, found.facts) == (Level.STOP, ShareShift("Asian", 0.25, 0))
    (found,) = check(of("race", 0.25), before=asian)
    assert found.facts == ShareShift("Asian", 0, 0.25)


def test_a_feature_without_values_is_a_warning_and_the_others_are_checked() -> None:
    found = check(of("race", None), of("age", 0.3))
    assert [(one.feature, one.level, one.found) for one in found] == [
        ("race", Level.WARN, None),
        ("age", Level.STOP, 0.3),
    ]


def test_limits_below_chance_are_raised_and_listed() -> None:
    # Of 70 ages, chance moves the divergence by 0.024 + 8 * 2 / 70 = 0.25; of 160, by 0.124.
    few, more = examples(70), examples(160)
    moved, note = check(of("age", 0.26), now=few, before=few)
    assert (moved.level, moved.limit) == (Level.STOP, pytest.approx(0.024 + 16 / 70))
    assert (note.level, note.where, note.facts) == (
        Level.PASS,
        "all splits",
        LimitsBelowChance((("age", "train"),)),
    )
    assert [one.limit for one in check(of("age", 0.19), now=more, before=more)] == [
        pytest.approx(0.124)
    ]
    # Without a limit, nothing is below chance.
    assert check(of("age", 0.9), now=few, before=few, age={"warn": None, "stop": None}) == []


def test_a_limit_equal_to_chance_is_not_below_it() -> None:
    both = examples(1000)
    floor = 0.024 + 8 * (1 / 1000 + 1 / 1000)
    assert check(of("age", 0.0), now=both, before=both, age={"warn": None, "stop": floor}) == []


@pytest.mark.parametrize(("feature", "known", "limit"), [("age", 160, 0.124), ("race", 160, 0.1)])
def test_chance_depends_on_the_known_labels(feature: str, known: int, limit: float) -> None:
    some = examples(MANY, known=known)
    (found,) = check(of(feature, 0.15), now=some, before=some)
    assert found.limit == pytest.approx(limit)


def test_chance_depends_on_the_examples_that_have_a_class() -> None:
    # Of 800 labels, chance moves a share by 2 * sqrt(2 / 800) = 0.1; of 200, by 0.2.
    known = {"race": {"White": 150.0, "Black": 50.0}}
    some = {ALL: Slice(MANY, {}, known)}
    (found,) = check(of("race", 0.21), now=some, before=some, race={"warn": 0.1, "stop": 0.15})[:1]
    assert found.limit == pytest.approx(0.2)


def test_a_label_without_statistics_counts_all_examples() -> None:
    some = {ALL: Slice(160, {}, {})}
    assert check(of("age", 0.1), now=some, before=some) == []


def test_chance_depends_on_all_examples_for_an_image_scalar() -> None:
    both = examples(160, known=9)
    (found,) = check(of("brightness", 0.15), now=both, before=both)
    assert found.limit == pytest.approx(0.124)
