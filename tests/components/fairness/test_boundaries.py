"""Boundary values of each comparison, on handmade measurements."""

import dataclasses
import math

import numpy as np
import pytest

from components.fairness.judge import judgment as judging
from components.fairness.judge.comparisons import GAP, WORSE, WORST, Comparison, compare
from components.fairness.judge.judgment import judge
from components.fairness.measure.bootstrap import Measured, measure
from components.fairness.measure.intervals import percentile_interval
from components.fairness.reason import IMPROVEMENT, Reason
from components.fairness.settings import FairnessSettings
from tests.components.fairness.drawn import make_predictions

RESAMPLES = 40
NOTHING = {"worst": None, "gap": None, "worse": None}
DRAWN = measure(make_predictions(60), resamples=RESAMPLES)
NUMBERS = {cell.name: number for number, cell in enumerate(DRAWN.cells)}


def settings(measure_key: str, min_examples: int = 30, **bounds: float) -> FairnessSettings:
    """Sets bounds for one measure of groups, and no others."""
    tasks = {key: NOTHING for key in ("age_mae", "gender_accuracy", "race_accuracy")}
    asked = {**tasks, measure_key: {**NOTHING, **bounds}}
    return FairnessSettings.model_validate(
        {"min_examples": min_examples, "groups": asked, "age_bands": tasks}
    )


def model(
    key: str,
    values: dict[str, float],
    *,
    spread: float = 0.0,
    shift: float = 0.0,
    examples: int | dict[str, int] = 100,
) -> Measured:
    """Returns measurements with these values of one measure; all other slices are empty.

    Args:
      key: key of the measure.
      values: values by slice.
      spread: resamples alternate between the value minus and plus this spread.
      shift: offset of all resamples; adds no spread.
      examples: number of examples of each slice.
    """
    counts = np.zeros(len(DRAWN.cells), np.int64)
    observed = np.full(len(DRAWN.cells), np.nan)
    for name, value in values.items():
        counts[NUMBERS[name]] = examples if isinstance(examples, int) else examples[name]
        observed[NUMBERS[name]] = value
    signs = np.where(np.arange(RESAMPLES) % 2, 1.0, -1.0)[:, np.newaxis]
    resampled = observed[np.newaxis] + signs * spread + shift
    return dataclasses.replace(
        DRAWN,
        counts=counts,
        observed={**DRAWN.observed, key: observed},
        resampled={**DRAWN.resampled, key: resampled},
    )


def the_one(found: Measured, blessed: Measured | None, asked: FairnessSettings) -> Comparison:
    (one,) = compare(found, blessed, asked)
    return one


@pytest.mark.parametrize(("examples", "made"), [(29, 0), (30, 1), (31, 1)])
def test_a_slice_with_the_minimum_number_of_examples_is_compared(examples, made):
    found = model("age_mae", {"White": 5.0}, examples=examples)
    assert len(list(compare(found, None, settings("age_mae", worst=9.0)))) == made


@pytest.mark.parametrize(
    ("key", "value", "bound", "excess"),
    [("age_mae", 5.0, 4.5, 0.5), ("gender_accuracy", 0.75, 0.875, 0.125)],
)
def test_a_worst_bound_is_compared_with_the_value_itself(key, value, bound, excess):
    one = the_one(model(key, {"White": value}), None, settings(key, worst=bound))
    assert (one.kind, one.cell.name, one.against, one.other) == (WORST, "White", "", None)
    assert (one.value, one.excess, one.error) == (value, excess, 0.0)


@pytest.mark.parametrize(
    ("key", "values", "worse", "better", "excess"),
    [
        ("age_mae", {"White": 8.0, "Black": 5.0}, "White", "Black", 2.0),
        ("gender_accuracy", {"White": 0.5, "Black": 0.75}, "White", "Black", -0.75),
    ],
)
def test_a_gap_is_measured_from_the_best_slice(key, values, worse, better, excess):
    bound = 1.0
    one = the_one(model(key, values), None, settings(key, gap=bound))
    assert (one.kind, one.cell.name, one.against) == (GAP, worse, better)
    assert (one.other, one.excess) == (values[better], excess)


def test_two_equal_slices_are_compared_once():
    one = the_one(model("age_mae", {"White": 5.0, "Black": 5.0}), None, settings("age_mae", gap=0))
    assert (one.excess, one.certainty) == (0.0, -math.inf)


@pytest.mark.parametrize(
    ("key", "now", "before", "bound", "excess"),
    [
        ("age_mae", 5.0, 4.0, 0.5, 0.5),
        ("age_mae", 4.0, 5.0, 0.5, -1.5),
        ("race_accuracy", 0.5, 0.75, 0.125, 0.125),
    ],
)
def test_a_worse_bound_compares_with_the_same_slice_of_the_blessed_model(
    key, now, before, bound, excess
):
    found, blessed = model(key, {"Asian": now}), model(key, {"Asian": before})
    asked = settings(key, worse=bound)
    one = the_one(found, blessed, asked)
    assert (one.kind, one.cell.name, one.against) == (WORSE, "Asian", "the model blessed last")
    assert (one.other, one.excess) == (before, excess)
    assert list(compare(found, None, asked)) == []


def test_shared_resampling_error_cancels_in_a_difference_of_two_models():
    found, blessed = (model("age_mae", {"White": one}, spread=3.0) for one in (5.0, 4.0))
    assert the_one(found, blessed, settings("age_mae", worse=0.5)).error == 0.0
    alone = the_one(found, None, settings("age_mae", worst=4.0))
    assert alone.error == pytest.approx(3.0)
    moved = model("age_mae", {"White": 5.0}, spread=3.0, shift=7.0)
    assert the_one(moved, None, settings("age_mae", worst=4.0)).error == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("value", "certainty"), [(4.0, -math.inf), (math.nextafter(4.0, 5), math.inf), (3.0, -math.inf)]
)
def test_without_error_the_certainty_of_a_miss_is_infinite(value, certainty):
    one = the_one(model("age_mae", {"White": value}), None, settings("age_mae", worst=4.0))
    assert (one.error, one.certainty) == (0.0, certainty)


def test_certainty_is_in_standard_errors():
    found = model("age_mae", {"White": 10.0}, spread=2.0)
    assert the_one(found, None, settings("age_mae", worst=4.0)).certainty == pytest.approx(3.0)


@pytest.mark.parametrize(("certainty", "missed"), [(1.99, 0), (2.0, 1), (2.01, 1)])
def test_a_bound_is_missed_at_or_above_the_needed_certainty(monkeypatch, certainty, missed):
    monkeypatch.setattr(judging, "standard_errors", lambda *_: 2.0)
    found = model("age_mae", {"White": 4.0 + certainty}, spread=1.0)
    judgment = judge(found, None, settings("age_mae", worst=4.0))
    assert (judgment.made, len(judgment.missed)) == (1, missed)


def test_a_value_equal_to_its_bound_never_misses_it(monkeypatch):
    monkeypatch.setattr(judging, "standard_errors", lambda *_: 0.0)
    found = model("age_mae", {"White": 4.0}, spread=1.0)
    assert judge(found, None, settings("age_mae", worst=4.0)).missed == ()


def test_misses_are_sorted_by_certainty_then_coarser_slices_first(monkeypatch):
    monkeypatch.setattr(judging, "standard_errors", lambda *_: 1.0)
    values = {"White": 6.0, "Black": 8.0, "Black, male": 8.0}
    found = model("age_mae", values, spread=1.0)
    judgment = judge(found, None, settings("age_mae", worst=4.0))
    assert [one.cell.name for one in judgment.missed] == ["Black", "Black, male", "White"]


def test_a_missed_bound_becomes_a_reason_with_all_its_values(monkeypatch):
    monkeypatch.setattr(judging, "standard_errors", lambda *_: 2.0)
    values = {"White": 8.0, "Black": 5.0}
    found = model("age_mae", values, spread=0.25, examples={"White": 40, "Black": 50})
    (reason,) = judge(found, None, settings("age_mae", worst=6.0)).reasons
    assert reason == Reason(
        kind=WORST,
        slice="White",
        measure="age_mae",
        is_lower_bound=False,
        bound=6.0,
        value=8.0,
        low=7.75,
        high=8.25,
        examples=40,
        beyond_chance=1.5,
    )
    found = model("age_mae", values, shift=-1.0)
    (reason,) = judge(found, None, settings("age_mae", gap=2.0)).reasons
    assert (reason.against, reason.other, reason.beyond_chance) == ("Black", 5.0, 1.0)
    (reason,) = judge(
        model("race_accuracy", {"White": 0.5}), None, settings("race_accuracy", worst=0.75)
    ).reasons
    assert (reason.is_lower_bound, reason.value, reason.bound) == (True, 0.5, 0.75)


def test_without_comparisons_no_certainty_is_enough():
    assert judging.standard_errors(0, 0.95) == math.inf
    assert judging.standard_errors(1, 0.975) == pytest.approx(1.96, abs=1e-3)
    assert judging.standard_errors(10, 0.75) == pytest.approx(1.96, abs=1e-3)


def test_a_bias_is_compared_by_its_size():
    bounds = settings("age_bias", worst=3.0, gap=1.0)
    found = model("age_bias", {"White": -5.0, "Black": 4.0, "Asian": 2.0})
    excess = {(one.kind, one.cell.name): one.excess for one in compare(found, None, bounds)}
    assert excess == {
        (WORST, "White"): 2.0,
        (WORST, "Black"): 1.0,
        (WORST, "Asian"): -1.0,
        (GAP, "White"): 2.0,
        (GAP, "Black"): 1.0,
    }
    blessed = model("age_bias", {"White": 1.0, "Black": -6.0, "Asian": 2.0})
    worse = list(compare(found, blessed, settings("age_bias", worse=1.0)))
    assert [(one.cell.name, one.excess, one.value, one.other) for one in worse] == [
        ("White", 3.0, -5.0, 1.0),
        ("Black", -3.0, 4.0, -6.0),
        ("Asian", -1.0, 2.0, 2.0),
    ]


def test_age_bands_have_bounds_of_their_own():
    bands = [cell.name for cell in DRAWN.cells if cell.slicing == ("age_band",)]
    found = model("age_mae", {bands[0]: 9.0, "White": 9.0})
    off = {key: NOTHING for key in ("age_mae", "gender_accuracy", "race_accuracy")}
    for groups, cell in ((False, bands[0]), (True, "White")):
        asked = {**off, "age_mae": {**NOTHING, "worst": 5.0}}
        chosen = {"groups": asked if groups else off, "age_bands": off if groups else asked}
        one = the_one(found, None, FairnessSettings.model_validate(chosen))
        assert (one.cell.name, one.excess) == (cell, 4.0)


@pytest.mark.parametrize(
    ("key", "before", "now", "least", "reasons"),
    [
        ("age_mae", 6.0, 5.0, 1.0, 0),
        ("age_mae", 6.0, 5.5, 1.0, 1),
        ("age_mae", 5.0, 6.0, -1.0, 0),
        ("age_mae", 5.0, 6.5, -1.0, 1),
        ("race_accuracy", 0.5, 0.75, 0.25, 0),
        ("race_accuracy", 0.75, 0.5, 0.25, 1),
        ("race_accuracy", 0.75, 0.75, 0.0, 0),
        ("race_accuracy", math.nan, 0.75, 0.0, 1),
    ],
)
def test_an_improvement_over_all_examples_may_equal_its_minimum(key, before, now, least, reasons):
    minimums = FairnessSettings.model_validate({"improvement": {key: least}}).improvement
    found, blessed = (model(key, {"all": one, "White": 0.5}) for one in (now, before))
    shortfalls = list(judging.find_shortfalls(found, blessed, minimums))
    assert len(shortfalls) == reasons
    for one in shortfalls:
        assert (one.kind, one.slice, one.measure, one.bound) == (IMPROVEMENT, "all", key, least)
        assert (one.value, one.against) == (now, "the model blessed last")
        assert one.other == (None if math.isnan(before) else before)
        assert one.is_lower_bound == (key == "race_accuracy")
        assert one.examples == 100
    assert list(judging.find_shortfalls(found, None, minimums)) == []


def test_a_measure_without_a_minimum_does_not_hide_the_next():
    asked = {"age_mae": 9.0, "race_accuracy": 0.9}
    minimums = FairnessSettings.model_validate({"improvement": asked}).improvement
    found = list(judging.find_shortfalls(DRAWN, DRAWN, minimums))
    assert [one.measure for one in found] == ["age_mae", "race_accuracy"]
    for one in found:
        low, high = (ends[0] for ends in DRAWN.intervals[one.measure])
        assert (one.low, one.high) == (low, high)


@pytest.mark.parametrize(("lacking", "defined"), [(49, True), (50, True), (51, False)])
def test_an_interval_needs_half_of_the_resamples(lacking, defined):
    values = np.ones((100, 1))
    values[:lacking] = np.nan
    low, high = percentile_interval(values)
    assert np.isfinite([low[0], high[0]]).all() == defined
