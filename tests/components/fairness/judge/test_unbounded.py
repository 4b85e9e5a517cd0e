"""Differences that no bound limits, in handmade figures."""

from typing import Any

import pytest

from components.fairness.judge.unbounded import Unbounded, find_unbounded, format_unbounded

Estimate = tuple[float, float, float]
WORST = Unbounded(
    kind="worst",
    measure="age_mae",
    slice="Black",
    value=9.0,
    low=6.5,
    high=11.0,
    examples=40,
    against="all",
    other=6.0,
)


def row(name: str, by: list[str], estimate: Estimate | None, examples: int = 40) -> dict[str, Any]:
    value, low, high = estimate or (None, None, None)
    return {
        "slice": name,
        "by": by,
        "examples": examples,
        "too_small": examples < 30,
        "measures": {"age_mae": {"value": value, "low": low, "high": high}},
    }


def document(
    black: Estimate = (9.0, 6.5, 11.0),
    *gaps: dict[str, Any],
    settings: dict[str, Any] | None = None,
    examples: int = 40,
) -> dict[str, Any]:
    """Makes figures with an age error of 6 over all examples; an age band has 20."""
    return {
        "min_examples": 30,
        "settings": {"groups": settings or {}},
        "slices": [
            row("all", [], (6.0, 5.5, 6.5), 100),
            row("White", ["race"], (5.0, 4.0, 6.0), 60),
            row("Black", ["race"], black, examples),
            row("Asian", ["race"], None, 0),
            row("70+", ["age_band"], (20.0, 19.0, 21.0)),
        ],
        "disparities": [*gaps],
    }


def gap(
    value: float, low: float | None, by: tuple[str, ...] = ("race",), measure: str = "age_mae"
) -> dict[str, Any]:
    return {
        "measure": measure,
        "attribute": by,
        "gap": {"value": value, "low": low, "high": value + 1},
        "worst": "Black",
        "best": "White",
    }


@pytest.mark.parametrize(
    ("low", "high", "is_reported"),
    [(6.5, 11.0, True), (6.001, 11.0, True), (6.0, 11.0, False), (5.0, 11.0, False)],
)
def test_the_worst_group_is_reported_if_its_interval_is_worse_than_all_examples(
    low: float, high: float, is_reported: bool
) -> None:
    found = find_unbounded(document((9.0, low, high)))
    assert [(one.kind, one.slice, one.low) for one in found] == (
        [("worst", "Black", low)] if is_reported else []
    )


def test_a_worst_group_has_its_values_and_examples() -> None:
    assert find_unbounded(document()) == [WORST]
    assert WORST.setting == "fairness.groups.age_mae.worst"
    assert format_unbounded(WORST).startswith("age MAE of Black: 9.0 years (6.5 to 11.0)")
    assert format_unbounded(WORST).endswith("fairness.groups.age_mae.worst is not set")


@pytest.mark.parametrize(
    ("measure", "side"), [("age_mae", "above White"), ("race_accuracy", "below White")]
)
def test_a_gap_is_above_the_best_group_for_errors_and_below_it_for_accuracies(
    measure: str, side: str
) -> None:
    found = Unbounded(
        kind="gap",
        measure=measure,
        slice="Black",
        value=0.25,
        low=0.125,
        high=0.5,
        examples=40,
        against="White",
    )
    assert f") {side}; fairness.groups.{measure}.gap is not set" in format_unbounded(found)


def test_figures_without_groups_or_measures_have_no_differences() -> None:
    alone = document()
    assert find_unbounded({**alone, "slices": alone["slices"][:1]}) == []
    assert find_unbounded(document(examples=29)) == []
    alone["slices"][0]["measures"] = {}
    assert find_unbounded(alone) == []


def test_a_bound_of_one_kind_leaves_the_other_kind_reported() -> None:
    for kind, left in (("worst", "gap"), ("gap", "worst")):
        bounds = {"age_mae": {kind: 0, left: None}}
        found = find_unbounded(document((9.0, 6.5, 11.0), gap(4.0, 1.0), settings=bounds))
        assert [one.kind for one in found] == [left]
    both = {"age_mae": {"worst": 0, "gap": 0}}
    assert find_unbounded(document((9.0, 6.5, 11.0), gap(4.0, 1.0), settings=both)) == []


def test_the_largest_gap_above_chance_is_reported_with_the_examples_of_its_worst_group() -> None:
    gaps = [
        gap(3.0, 1.0),
        gap(4.0, 0.5),
        gap(5.0, 0.0),
        gap(6.0, None),
        gap(7.0, 2.0, ("age_band",)),
        gap(8.0, 2.0, measure="race_accuracy"),
    ]
    found = [one for one in find_unbounded(document((5.5, 5.0, 6.0), *gaps))]
    assert found == [
        Unbounded(
            kind="gap",
            measure="age_mae",
            slice="Black",
            value=4.0,
            low=0.5,
            high=5.0,
            examples=40,
            against="White",
        )
    ]
