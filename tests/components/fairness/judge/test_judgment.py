"""Planted unfairness is detected and its group is named; a fair model misses no bound."""

import math

import numpy as np
import pytest
from scipy.stats import norm

from components.fairness.judge.comparisons import GAP, WORSE, WORST, compare
from components.fairness.judge.judgment import judge, standard_errors
from components.fairness.measure.bootstrap import Measured, measure
from components.fairness.measure.intervals import wilson_interval
from components.fairness.reason import format_reason
from components.fairness.settings import FairnessSettings
from tests.components.fairness.drawn import DrawnPredictions, make_predictions
from trainer.tasks import GENDER, RACE

SETTINGS = FairnessSettings()
SEEDS = range(10)
RESAMPLES = 400
EXAMPLES = 2000


def measured(outcomes: DrawnPredictions) -> Measured:
    return measure(outcomes, resamples=RESAMPLES)


def in_cell(outcomes: DrawnPredictions, race: str, gender: str) -> np.ndarray:
    return (outcomes.race == RACE.classes.index(race)) & (
        outcomes.gender == GENDER.classes.index(gender)
    )


def flip_genders(
    outcomes: DrawnPredictions, race: str, gender: str, share: float
) -> DrawnPredictions:
    """Flips the predicted gender for this share of one cell."""
    flipped = in_cell(outcomes, race, gender)
    flipped &= np.random.default_rng(1).random(len(outcomes)) < share
    return outcomes.changed(female=np.where(flipped, 1 - outcomes.female, outcomes.female))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_fair_model_misses_no_bound(seed):
    model = measured(make_predictions(EXAMPLES, seed))
    assert judge(model, None, SETTINGS).missed == ()
    before = measured(make_predictions(EXAMPLES, seed, training=1))
    judgment = judge(model, before, SETTINGS)
    assert judgment.missed == () and judgment.made > 100


@pytest.mark.parametrize("seed", SEEDS)
def test_a_cell_with_flipped_genders_is_named_first(seed):
    fair = make_predictions(EXAMPLES, seed)
    unfair = measured(flip_genders(fair, "Black", "female", 0.3))
    before = measured(make_predictions(EXAMPLES, seed, training=1))
    first, *_ = judge(unfair, before, SETTINGS).missed
    assert (first.cell.name, first.measure.key) == ("Black, female", "gender_accuracy")
    # Without a blessed model to compare with, detection needs a larger share.
    unfair = measured(flip_genders(fair, "Black", "female", 0.7))
    first, *_ = judge(unfair, None, SETTINGS).missed
    assert (first.cell.name, first.measure.key) == ("Black, female", "gender_accuracy")


@pytest.mark.parametrize("seed", SEEDS)
def test_a_cell_with_shifted_ages_is_named_first(seed):
    fair = make_predictions(EXAMPLES, seed)
    shifted = in_cell(fair, "Asian", "male") * 20.0
    unfair = fair.changed(age_answer=fair.age_answer + shifted)
    first, *_ = judge(measured(unfair), None, SETTINGS).missed
    assert (first.cell.name, first.measure.key) == ("Asian, male", "age_mae")


def test_a_reason_is_one_line_with_bound_value_interval_and_count():
    fair = make_predictions(EXAMPLES)
    unfair = measured(flip_genders(fair, "Black", "female", 1.0))
    judgment = judge(unfair, measured(fair), SETTINGS)
    lines = {
        reason.kind: format_reason(reason)
        for reason in judgment.reasons
        if reason.slice == "Black, female"
    }
    (gap,) = [
        one for one in judgment.missed if one.kind == GAP and one.cell.name == "Black, female"
    ]
    asked = {
        WORST: "at least 0.6",
        GAP: f"at most 0.2 below {gap.against}, {gap.other:.3g}",
        WORSE: "at most 0.03 below the model blessed last, 0.8",
    }
    low, high = wilson_interval(gap.value * gap.examples, gap.examples)
    found = f"found {gap.value:.3g} ({low:.3g} to {high:.3g}) in {gap.examples:,} examples, 0."
    for kind, line in lines.items():
        assert line.startswith(f"Black, female: gender accuracy: expected {asked[kind]}")
        assert found in line and line.endswith(" more than chance explains")
        assert "\n" not in line
    assert set(lines) == {WORST, GAP, WORSE}


def test_small_slices_are_not_compared():
    outcomes = make_predictions(300)
    model = measured(flip_genders(outcomes, "Others", "male", 1.0))
    counts = dict(zip((cell.name for cell in model.cells), model.counts, strict=True))
    assert counts["Others, male"] < SETTINGS.min_examples
    for one in compare(model, model, SETTINGS):
        assert one.examples >= SETTINGS.min_examples and one.cell.name != "Others, male"


def test_no_comparisons_are_made_if_all_bounds_are_none():
    nothing = {"worst": None, "gap": None, "worse": None}
    tasks = dict.fromkeys(("age_mae", "gender_accuracy", "race_accuracy"), nothing)
    settings = FairnessSettings.model_validate({"groups": tasks, "age_bands": tasks})
    model = measured(make_predictions(500))
    judgment = judge(model, model, settings)
    assert (judgment.made, judgment.missed, judgment.needed) == (0, (), math.inf)


def test_excess_compares_with_the_bound_the_best_slice_or_the_baseline():
    model, before = (measured(make_predictions(EXAMPLES, training=one)) for one in (0, 1))
    found = list(compare(model, before, SETTINGS))
    cells = {cell.name: number for number, cell in enumerate(model.cells)}
    for one in found:
        number = cells[one.cell.name]
        assert one.value == model.observed[one.measure.key][number]
        assert one.examples == model.counts[number]
        if one.kind == WORST:
            expected = one.value - one.bound
        elif one.kind == GAP:
            expected = one.value - model.observed[one.measure.key][cells[one.against]]
        else:
            expected = one.value - before.observed[one.measure.key][number]
        # A higher error is worse, and a lower accuracy is worse.
        expected *= -1 if one.measure.higher_is_better else 1
        expected -= 0 if one.kind == WORST else one.bound
        assert one.excess == pytest.approx(expected, abs=1e-12)
    assert {one.kind for one in found} == {WORST, GAP, WORSE}


@pytest.mark.parametrize(("comparisons", "confidence"), [(1, 0.95), (158, 0.95), (80, 0.99)])
def test_needed_standard_errors_use_the_bonferroni_correction(comparisons, confidence):
    expected = norm.isf((1 - confidence) / comparisons)
    assert standard_errors(comparisons, confidence) == pytest.approx(expected, rel=1e-9)


def test_a_miss_without_variance_has_infinite_certainty():
    outcomes = make_predictions(EXAMPLES)
    female = in_cell(outcomes, "White", "female")
    wrong = outcomes.changed(female=np.where(female, 0.0, outcomes.female))
    missed = judge(measured(wrong), None, SETTINGS).missed
    assert missed[0].cell.name == "White, female" and math.isinf(missed[0].certainty)


@pytest.mark.parametrize("years", [-20.0, 20.0])
def test_a_bias_is_bounded_in_both_directions(years):
    fair = make_predictions(EXAMPLES)
    shifted = fair.changed(age_answer=fair.age_answer + in_cell(fair, "Asian", "male") * years)
    settings = FairnessSettings.model_validate({"groups": {"age_bias": {"worst": 5, "gap": 8}}})
    reasons = judge(measured(shifted), measured(fair), settings).reasons
    found = {
        one.kind: one for one in reasons if (one.slice, one.measure) == ("Asian, male", "age_bias")
    }
    assert set(found) == {WORST, GAP}
    assert np.sign(found[WORST].value) == np.sign(years) and abs(found[WORST].value) > 15
    line = format_reason(found[WORST])
    assert line.startswith("Asian, male: age bias: expected at most 5 either way; found ")


def test_any_measure_can_be_bounded():
    settings = FairnessSettings.model_validate({"groups": {"gender_fnr": {"worst": 0.2}}})
    assert settings.groups.age_mae.worst == 12.0
    fair = make_predictions(EXAMPLES)
    unfair = measured(flip_genders(fair, "Black", "female", 1.0))
    found = [one for one in judge(unfair, None, settings).reasons if one.measure == "gender_fnr"]
    # The false negative rate of a race covers only its women.
    assert {"Black", "Black, female"} <= {one.slice for one in found}
    for one in found:
        assert (one.kind, one.bound, one.is_lower_bound) == (WORST, 0.2, False)
        assert one.value > one.bound
    written = FairnessSettings.model_validate_json(settings.model_dump_json())
    assert written == settings


def test_a_removed_default_bound_survives_a_json_round_trip():
    nothing = {"age_mae": {"worst": None, "gap": None, "worse": None}}
    settings = FairnessSettings.model_validate({"groups": nothing})
    assert FairnessSettings.model_validate_json(settings.model_dump_json()) == settings
