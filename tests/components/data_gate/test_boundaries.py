"""Boundary values of each check of the gate, on handmade slices."""

import math

import pytest
from tensorflow_metadata.proto.v0.statistics_pb2 import (
    DatasetFeatureStatistics,
    DatasetFeatureStatisticsList,
)

from components.data_gate.checks.limits import Limits, ShareLimits, judge
from components.data_gate.checks.settings import LeastCounts, SliceLimits
from components.data_gate.checks.split_checks import (
    check_balance,
    check_cells,
    check_labels,
    check_slices,
    check_splits,
)
from components.data_gate.checks.swaps import check_swaps
from components.data_gate.finding import Finding, Level, ShareShift, SmallGroups, Swap
from components.data_gate.slice_statistics import ALL, Numbers, Slice, parse_slices
from trainer.tasks import GENDER, RACE

LIMITS = Limits(warn=0.25, stop=0.5)
# So low that no shift is attributed to chance.
SURE = 1e-9


@pytest.mark.parametrize(
    ("value", "level", "limit"),
    [
        (0.0, Level.PASS, None),
        (0.25, Level.PASS, None),
        (math.nextafter(0.25, 1), Level.WARN, 0.25),
        (0.5, Level.WARN, 0.25),
        (math.nextafter(0.5, 1), Level.STOP, 0.5),
    ],
)
def test_a_value_equal_to_a_limit_does_not_exceed_it(value, level, limit):
    assert judge(value, LIMITS) == (level, limit)


@pytest.mark.parametrize(
    ("value", "level", "limit"),
    [
        (0.3, Level.PASS, None),
        (0.375, Level.PASS, None),
        (0.4, Level.WARN, 0.375),
        (0.5, Level.WARN, 0.375),
        (0.6, Level.STOP, 0.5),
    ],
)
def test_limits_below_chance_are_raised(value, level, limit):
    assert judge(value, LIMITS, least=0.375) == (level, limit)
    assert judge(value, Limits()) == (Level.PASS, None)


def test_warn_and_stop_may_be_equal_and_stop_is_not_lower():
    assert judge(0.6, Limits(warn=0.5, stop=0.5)) == (Level.STOP, 0.5)
    assert judge(0.4, Limits(warn=0.0, stop=0.5)) == (Level.WARN, 0.0)
    assert judge(0.4, Limits(warn=0.5, stop=None)) == (Level.PASS, None)
    with pytest.raises(ValueError, match="expected warn to be no more than stop"):
        Limits(warn=0.5, stop=0.4)


@pytest.mark.parametrize("kind", [Limits, ShareLimits])
def test_limits_are_not_negative_and_limits_of_shares_are_at_most_one(kind):
    assert kind(warn=0, stop=1) and kind(warn=1, stop=1)
    for wrong in (-0.01, *([1.01] if kind is ShareLimits else [])):
        for name in ("warn", "stop"):
            with pytest.raises(ValueError, match=r"(greater|less) than or equal to [01]"):
                kind(**{name: wrong})


@pytest.mark.parametrize(("examples", "stopped"), [(0, True), (1, False)])
def test_a_split_of_one_example_is_not_empty(examples, stopped):
    stop = Finding(level=Level.STOP, check="splits", where="eval", found=0, limit=1)
    dataset = DatasetFeatureStatistics(num_examples=examples)
    slices = parse_slices(DatasetFeatureStatisticsList(datasets=[dataset]))
    splits = {"train": {ALL: Slice(9, {}, {})}, "eval": slices}
    assert [*check_splits(splits)] == [stop] * stopped


@pytest.mark.parametrize(
    ("numbers", "is_missing"),
    [
        ({"age": Numbers(1, 30.0, 0.0, ())}, False),
        ({"age": Numbers(0, 0.0, 0.0, ())}, True),
        ({"width": Numbers(9, 200.0, 0.0, ())}, True),
    ],
)
def test_a_split_needs_an_exact_label_of_a_regression_task(numbers, is_missing):
    splits = {"train": {ALL: Slice(9, numbers, {"race": {"White": 9}})}}
    stop = Finding(level=Level.STOP, check="labels", where="train", feature="age", found=0, limit=1)
    assert [*check_labels(splits)] == [stop] * is_missing


def cells(**changes: int) -> dict[str, Slice]:
    found = {f"{race}, {gender}": 100 for race in RACE.classes for gender in GENDER.classes}
    return {name: Slice(count, {}, {}) for name, count in {**found, **changes}.items()}


@pytest.mark.parametrize(
    ("count", "level", "limit"),
    [
        (4, Level.STOP, 5),
        (5, Level.WARN, 20),
        (19, Level.WARN, 20),
        (20, None, None),
        (21, None, None),
    ],
)
def test_a_cell_count_equal_to_a_limit_does_not_violate_it(count, level, limit):
    slices = cells(**{"Asian, male": count})
    found = list(check_cells(slices, LeastCounts(warn=20, stop=5), split="train"))
    assert [(one.slice, one.level, one.limit, one.found) for one in found] == (
        [("Asian, male", level, limit, count)] if level else []
    )


@pytest.mark.parametrize(("count", "level"), [(19, Level.STOP), (20, None)])
def test_a_stop_limit_above_the_warn_limit_applies(count, level):
    found = list(
        check_cells(cells(**{"Asian, male": count}), LeastCounts(warn=5, stop=20), split="train")
    )
    assert [one.level for one in found] == ([level] if level else [])


def test_an_absent_cell_counts_as_zero_examples():
    slices = cells()
    del slices["Black, female"]
    (found,) = check_cells(slices, LeastCounts(warn=1, stop=0), split="eval")
    assert (found.slice, found.found, found.level, found.where) == (
        "Black, female", 0, Level.WARN, "eval"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("white", "level"), [(50, None), (51, Level.WARN), (75, Level.WARN), (76, Level.STOP)]
)
def test_a_race_share_equal_to_a_limit_does_not_exceed_it(white, level):
    slices = {"White": Slice(white, {}, {}), "Black": Slice(100 - white, {}, {})}
    found = list(check_balance(slices, Limits(warn=0.5, stop=0.75), split="train"))
    assert [(one.slice, one.level) for one in found] == ([("White", level)] if level else [])


def one_slice(
    *, examples: int = 100, count: float | None = None, mean: float = 50.0, deviation: float = 10.0
) -> Slice:
    number = Numbers(examples if count is None else count, mean, deviation, ())
    return Slice(examples, {"age": number}, {})


def moved(now: Slice, before: Slice, scale: float = 10.0, **limits: object) -> list[Finding]:
    """Compares one race; `scale` is the standard deviation of all accepted examples."""
    asked = SliceLimits.model_validate(
        {"mean": {"warn": 0.25, "stop": 0.5}, "certainty": SURE, **limits}
    )
    whole = one_slice(examples=1000, deviation=scale)
    found = check_slices({"White": now, ALL: whole}, {"White": before, ALL: whole}, asked)
    return list(found)


@pytest.mark.parametrize(
    ("mean", "level"), [(52.5, None), (52.6, Level.WARN), (55.0, Level.WARN), (55.1, Level.STOP)]
)
@pytest.mark.parametrize("sign", [1, -1])
def test_a_mean_may_shift_by_the_limit_in_either_direction(mean, level, sign):
    found = moved(one_slice(mean=50 + sign * (mean - 50)), one_slice())
    assert [one.level for one in found] == ([level] if level else [])
    assert all(one.found == pytest.approx((mean - 50) / 10) for one in found)


@pytest.mark.parametrize(("now", "before"), [(29, 100), (100, 29)])
def test_a_slice_with_too_few_examples_is_named_but_not_compared(now, before):
    (found,) = moved(one_slice(mean=90, examples=now), one_slice(examples=before))
    assert (found.level, found.facts) == (Level.PASS, SmallGroups(("White",), 30))
    (found,) = moved(one_slice(mean=90, examples=max(now, 30)), one_slice(examples=max(before, 30)))
    assert found.level is Level.STOP


def test_a_small_slice_does_not_hide_the_next():
    now = {
        name: one_slice(mean=90, examples=9 if name == "Asian" else 100) for name in RACE.classes
    }
    before = {name: one_slice() for name in RACE.classes} | {ALL: one_slice(examples=1000)}
    found = list(check_slices(now, before, SliceLimits()))
    assert [one.slice for one in found] == ["Black", "Indian", "Others", "White", ""]
    assert found[-1].facts == SmallGroups(("Asian",), 30)


@pytest.mark.parametrize(("now", "before", "compared"), [(29, 100, 0), (100, 29, 0), (30, 30, 1)])
def test_a_feature_with_too_few_values_is_not_compared(now, before, compared):
    assert len(moved(one_slice(mean=90, count=now), one_slice(count=before))) == compared


@pytest.mark.parametrize(("certainty", "found"), [(3.99, 1), (4.0, 0), (4.01, 0)])
def test_a_mean_shift_must_exceed_the_required_certainty(certainty, found):
    # The standard error is sqrt(10 ** 2 / 50 + 10 ** 2 / 50) = 2, and the mean shifts by 8.
    here, there = one_slice(mean=58.0, examples=50), one_slice(examples=50)
    assert len(moved(here, there, certainty=certainty)) == found


def test_a_constant_feature_is_not_compared():
    assert moved(one_slice(mean=90), one_slice(), scale=0.0) == []


def test_a_feature_without_a_scale_does_not_hide_the_next():
    def part(mean: float, *features: str) -> Slice:
        return Slice(100, {name: Numbers(100, mean, 10.0, ()) for name in features}, {})

    now, before = (part(mean, "age", "brightness", "width") for mean in (90.0, 50.0))
    whole = part(50.0, "brightness", "width")
    found = list(check_slices({"White": now}, {"White": before, ALL: whole}, SliceLimits()))
    assert [(one.feature, one.found) for one in found] == [("brightness", 4.0), ("width", 4.0)]


def shares(men: int, women: int) -> Slice:
    return Slice(men + women, {}, {"gender": {"male": men, "female": women}})


def moved_shares(now: Slice, before: Slice, **limits: object) -> list[Finding]:
    asked = SliceLimits.model_validate(
        {"share": {"warn": 0.125, "stop": 0.25}, "certainty": SURE, **limits}
    )
    return list(check_slices({"White": now, ALL: now}, {"White": before, ALL: before}, asked))


@pytest.mark.parametrize(
    ("men", "total", "level"),
    [(100, 160, None), (113, 180, Level.WARN), (126, 168, Level.WARN), (127, 168, Level.STOP)],
)
def test_a_share_may_shift_by_the_limit(men, total, level):
    found = moved_shares(shares(men, total - men), shares(50, 50))
    # Shares of men and women, in all examples and in the race.
    assert [one.level for one in found] == ([level] * 4 if level else [])


@pytest.mark.parametrize(("certainty", "found"), [(3.99, 4), (4.0, 0), (4.01, 0)])
def test_a_share_shift_must_exceed_the_required_certainty(certainty, found):
    # 1/4 to 3/4 of 32 examples each; the error sqrt(0.5 * 0.5 * (1 / 32 + 1 / 32)) is 1/8.
    here, there = shares(24, 8), shares(8, 24)
    assert len(moved_shares(here, there, certainty=certainty)) == found


def test_a_value_that_appears_or_disappears_moved_from_or_to_zero():
    both, men = shares(50, 50), Slice(100, {}, {"gender": {"male": 100}})
    for now, before, facts in (
        (both, men, [ShareShift("female", 0.5, 0.0), ShareShift("male", 0.5, 1.0)]),
        (men, both, [ShareShift("female", 0.0, 0.5), ShareShift("male", 1.0, 0.5)]),
    ):
        found = moved_shares(now, before)
        assert [one.facts for one in found if one.slice == "White"] == facts
        assert {one.found for one in found} == {0.5}


def test_a_swap_is_judged_by_how_much_better_it_fits():
    def both(first: float, second: float) -> dict[str, Slice]:
        return {
            "Black, male": one_slice(mean=first, count=20),
            "Black, female": one_slice(mean=second, count=20),
        }

    # Of 20 examples each, a shift of 10 counts 10 ** 2 / 10: 40 for each class as it is, 10 and 90
    # for the swapped classes, which fit worse.
    moved_apart = both(50, 60), both(30, 80)
    assert [*check_swaps(*moved_apart, SliceLimits())] == []
    (found,) = check_swaps(both(50, 60), both(70, 40), SliceLimits())
    assert found.found == pytest.approx(40 + 40 - 10 - 10)


def test_a_feature_with_few_values_does_not_count_in_a_swap():
    def both(first: float, second: float) -> dict[str, Slice]:
        few = Numbers(9, first, 1.0, ())
        return {
            "Black, male": Slice(100, {"age": few, "width": Numbers(20, first, 10.0, ())}, {}),
            "Black, female": one_slice(mean=second, count=20),
        }

    # The women have no width, and the men too few ages.
    limits = SliceLimits(swapped=Limits(warn=0.0))
    found = list(check_swaps(both(50, 80), both(80, 50), limits))
    assert [one.found for one in found] == [pytest.approx(90 + 90)]


def swapped(*, count: float, examples: int = 100, far: float = 30.0) -> list[Finding]:
    """Swaps men and women of a race; `count` examples have a value of the feature."""

    def both(first: float, second: float) -> dict[str, Slice]:
        return {
            "Black, male": one_slice(mean=first, count=count, examples=examples),
            "Black, female": one_slice(mean=second, count=count, examples=examples),
        }

    limits = SliceLimits(swapped=Limits(warn=10.0, stop=20.0), share=ShareLimits())
    return list(check_swaps(both(50, 50 + far), both(50 + far, 50), limits))


@pytest.mark.parametrize(("count", "found"), [(9, 0), (10, 1), (11, 1)])
def test_swaps_are_not_checked_with_fewer_than_ten_values(count, found):
    assert len(swapped(count=count)) == found


@pytest.mark.parametrize(("absent", "small"), [("White, male", ""), ("", "White, female")])
def test_swaps_are_found_after_a_race_that_is_not_compared(absent, small):
    now, before = (
        {
            f"{race}, {gender}": one_slice(
                mean=mean, count=20, examples=9 if f"{race}, {gender}" == small else 100
            )
            for race in ("White", "Black")
            for gender, mean in zip(GENDER.classes, means, strict=True)
            if f"{race}, {gender}" != absent
        }
        for means in ((50, 80), (80, 50))
    )
    assert [one.slice for one in check_swaps(now, before, SliceLimits())] == ["Black"]


def test_values_that_vary_in_one_class_only_are_compared():
    def both(first: float, second: float) -> dict[str, Slice]:
        return {
            "Black, male": one_slice(mean=first, deviation=0.0),
            "Black, female": one_slice(mean=second, deviation=2.0),
        }

    # Constant values have no standard error, so the men do not count. The women shifted by
    # (80 - 50) ** 2 / (2 ** 2 / 100 + 2 ** 2 / 100) = 11,250, and by nothing when swapped.
    (found,) = check_swaps(both(50, 80), both(80, 50), SliceLimits())
    assert found.found == pytest.approx(11_250)
    assert (found.slice, found.feature, found.facts) == ("Black", "gender", Swap(("men", "women")))


@pytest.mark.parametrize(("examples", "found"), [(29, 0), (30, 1)])
def test_swaps_are_not_checked_in_a_race_with_too_few_examples(examples, found):
    assert len(swapped(count=20, examples=examples)) == found


@pytest.mark.parametrize(
    ("far", "level"), [(9.9, None), (10.1, Level.WARN), (14.1, Level.WARN), (14.2, Level.STOP)]
)
def test_a_swap_must_fit_better_by_more_than_the_limit(far, level):
    # With 20 examples each, the squared shifts of men and women sum to far ** 2 / 10; with the
    # codes swapped, nothing shifts.
    found = swapped(count=20, far=far / 2**0.5)
    assert [one.level for one in found] == ([level] if level else [])
    assert all(one.found == pytest.approx(far**2 / 10) for one in found)
