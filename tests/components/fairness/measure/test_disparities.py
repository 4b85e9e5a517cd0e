import numpy as np
import pytest
from fairlearn import metrics as fairlearn
from sklearn import metrics as sklearn

from components.fairness.measure.bootstrap import measure
from components.fairness.measure.disparities import (
    Estimate,
    find_disparities,
    find_odds_differences,
)
from tests.components.fairness.drawn import make_predictions
from trainer.groups import AGE_BAND
from trainer.tasks import GENDER, RACE


@pytest.fixture(scope="module")
def outcomes():
    return make_predictions(900, seed=5)


@pytest.fixture(scope="module")
def measured(outcomes):
    return measure(outcomes, resamples=300)


def groups(outcomes, attribute):
    columns = {
        "race": [RACE.classes[race] for race in outcomes.race],
        "gender": [GENDER.classes[gender] for gender in outcomes.gender],
        "age_band": [AGE_BAND.value_of(age) for age in outcomes.age],
    }
    return [", ".join(parts) for parts in zip(*(columns[one] for one in attribute), strict=True)]


@pytest.mark.parametrize(
    "attribute", [("race",), ("gender",), ("age_band",), ("race", "gender")], ids=", ".join
)
@pytest.mark.parametrize(
    ("key", "metric", "true", "said"),
    [
        ("age_mae", sklearn.mean_absolute_error, "age", "age_answer"),
        ("gender_accuracy", sklearn.accuracy_score, "gender", "gender_answer"),
        ("race_accuracy", sklearn.accuracy_score, "race", "race_answer"),
    ],
)
def test_gaps_and_ratios_match_fairlearn(outcomes, measured, attribute, key, metric, true, said):
    frame = fairlearn.MetricFrame(
        metrics=metric,
        y_true=getattr(outcomes, true),
        y_pred=getattr(outcomes, said),
        sensitive_features=groups(outcomes, attribute),
    )
    (found,) = [
        one
        for one in find_disparities(measured, min_examples=1)
        if (one.measure, one.attribute) == (key, attribute)
    ]
    values = frame.by_group.astype(float)
    assert found.gap.value == pytest.approx(frame.difference(), rel=1e-9)
    # Fairlearn's ratio is always the minimum over the maximum.
    ratio = found.ratio.value if key != "age_mae" else 1 / found.ratio.value
    assert ratio == pytest.approx(frame.ratio(), rel=1e-9)
    assert found.deviation.value == pytest.approx(values.std(ddof=0), rel=1e-9)
    best, worst = values.idxmax(), values.idxmin()
    if key == "age_mae":
        best, worst = worst, best
        assert found.epsilon == Estimate(None, None, None)
    else:
        epsilon = np.log(values.max() / values.min())
        assert found.epsilon.value == pytest.approx(epsilon, rel=1e-9)
    assert (found.best, found.worst, found.left_out) == (best, worst, ())
    assert 0 <= found.gap.low <= found.gap.value <= found.gap.high


@pytest.mark.parametrize("attribute", [("race",), ("age_band",)], ids=", ".join)
def test_odds_differences_match_fairlearn(outcomes, measured, attribute):
    expected = fairlearn.equalized_odds_difference(
        outcomes.gender, outcomes.gender_answer, sensitive_features=groups(outcomes, attribute)
    )
    (found,) = [
        one for one in find_odds_differences(measured, min_examples=1) if one.attribute == attribute
    ]
    assert found.difference.value == pytest.approx(expected, rel=1e-9)
    assert 0 <= found.difference.low <= found.difference.value <= found.difference.high


def test_groups_that_are_too_small_are_named_but_not_compared(measured):
    counts = {cell.name: count for cell, count in zip(measured.cells, measured.counts, strict=True)}
    least = sorted(counts[race] for race in RACE.classes)[2]
    for found in find_disparities(measured, min_examples=least):
        if found.attribute == ("race",):
            assert set(found.left_out) == {race for race in RACE.classes if counts[race] < least}
            assert len(found.left_out) == 2
            assert not {found.worst, found.best} & set(found.left_out)


def test_a_single_group_has_no_disparity():
    drawn = make_predictions(200)
    measured = measure(drawn, resamples=20)
    for found in find_disparities(measured, min_examples=150):
        if found.attribute == ("race",):
            assert (found.worst, found.best) == (None, None)
            assert found.gap == found.ratio == Estimate(None, None, None)
    for odds in find_odds_differences(measured, min_examples=150):
        assert odds.difference == Estimate(None, None, None)


def test_epsilon_is_undefined_for_a_group_with_zero_accuracy(outcomes):
    races = outcomes.races.copy()
    indian = outcomes.race == RACE.classes.index("Indian")
    races[indian] = np.eye(len(RACE.classes))[0]
    measured = measure(make_predictions(900, seed=5, race_output=races), resamples=50)
    (found,) = [
        one
        for one in find_disparities(measured, min_examples=1)
        if (one.measure, one.attribute) == ("race_accuracy", ("race",))
    ]
    assert found.worst == "Indian" and found.ratio.value == 0
    assert found.epsilon == Estimate(None, None, None)


def test_intervals_of_gaps_account_for_chance():
    """Tests fair models, whose true gaps are 0, and an unfair model."""
    held = 0
    for seed in range(30):
        measured = measure(make_predictions(600, seed=seed), resamples=200, seed=seed)
        (found,) = [
            one
            for one in find_disparities(measured, min_examples=20)
            if (one.measure, one.attribute) == ("gender_accuracy", ("race",))
        ]
        held += found.gap.low == 0
        assert found.gap.value > 0
    # At 95% coverage, the binomial distribution leaves this range once in a thousand runs.
    assert held >= 24

    drawn = make_predictions(900)
    black = drawn.race == RACE.classes.index("Black")
    wrong = np.where(black, 1 - drawn.female, drawn.female)[:, np.newaxis]
    measured = measure(make_predictions(900, gender_output=wrong), resamples=200)
    (found,) = [
        one
        for one in find_disparities(measured, min_examples=20)
        if (one.measure, one.attribute) == ("gender_accuracy", ("race",))
    ]
    assert found.worst == "Black" and found.gap.low > 0.3
