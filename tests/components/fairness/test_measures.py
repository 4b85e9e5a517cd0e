"""Each measure compared with another library's value for the same examples."""

import numpy as np
import pandas as pd
import pytest
from fairlearn import metrics as fairlearn
from sklearn import metrics as sklearn

from components.fairness.measure.bootstrap import Measured, measure
from components.fairness.measure.cells import make_cells
from tests.components.fairness.drawn import DrawnPredictions, make_predictions
from trainer.groups import AGE_BAND, BY_KEY
from trainer.measures.auc import weighted_auc
from trainer.tasks import GENDER, RACE


@pytest.fixture(scope="module")
def one() -> DrawnPredictions:
    return make_predictions(700, seed=3)


@pytest.fixture(scope="module")
def measured(one) -> Measured:
    return measure(one, resamples=0)


def table(outcomes: DrawnPredictions) -> pd.DataFrame:
    """Returns the attributes of each example as class names."""
    return pd.DataFrame(
        {
            "race": [RACE.classes[race] for race in outcomes.race],
            "gender": [GENDER.classes[gender] for gender in outcomes.gender],
            "age_band": [AGE_BAND.value_of(age) for age in outcomes.age],
        }
    )


def by_name(measured: Measured, key: str, slicing: tuple[str, ...]) -> dict[str, float]:
    return {
        cell.name: measured.observed[key][number]
        for number, cell in enumerate(measured.cells)
        if cell.slicing == slicing and measured.counts[number]
    }


def in_names(found: pd.Series) -> dict[str, float]:
    return {
        index if isinstance(index, str) else ", ".join(index): value
        for index, value in found.items()
    }


def macro_f1(true: pd.Series, said: pd.Series) -> float:
    return sklearn.f1_score(true, said, labels=sorted(set(true)), average="macro", zero_division=0)


SLICINGS = [
    ("race",),
    ("gender",),
    ("age_band",),
    ("race", "gender"),
    ("race", "gender", "age_band"),
]


@pytest.mark.parametrize("slicing", SLICINGS)
@pytest.mark.parametrize(
    ("key", "metric", "true", "said"),
    [
        ("age_mae", sklearn.mean_absolute_error, "age", "age_answer"),
        (
            "age_rmse",
            lambda true, said: sklearn.mean_squared_error(true, said) ** 0.5,
            "age",
            "age_answer",
        ),
        ("age_bias", lambda true, said: np.mean(said - true), "age", "age_answer"),
        ("age_close", lambda true, said: np.mean(abs(said - true) <= 5), "age", "age_answer"),
        ("gender_accuracy", sklearn.accuracy_score, "gender", "gender_answer"),
        ("race_accuracy", sklearn.accuracy_score, "race", "race_answer"),
        ("race_macro_f1", macro_f1, "race", "race_answer"),
    ],
)
def test_measures_of_cells_match_fairlearn(one, measured, slicing, key, metric, true, said):
    frame = fairlearn.MetricFrame(
        metrics=metric,
        y_true=getattr(one, true),
        y_pred=getattr(one, said),
        sensitive_features=table(one)[list(slicing)],
    )
    expected = in_names(frame.by_group.dropna())
    assert by_name(measured, key, slicing) == pytest.approx(expected, rel=1e-9, abs=1e-12)
    (overall,) = by_name(measured, key, ()).values()
    assert overall == pytest.approx(frame.overall, rel=1e-9)


@pytest.mark.parametrize("slicing", [("race",), ("age_band",)])
@pytest.mark.parametrize(
    ("key", "metric"),
    [("gender_fnr", fairlearn.false_negative_rate), ("gender_fpr", fairlearn.false_positive_rate)],
)
def test_error_rates_match_fairlearn(one, measured, slicing, key, metric):
    frame = fairlearn.MetricFrame(
        metrics=metric,
        y_true=one.gender,
        y_pred=one.gender_answer,
        sensitive_features=table(one)[list(slicing)],
    )
    assert by_name(measured, key, slicing) == pytest.approx(in_names(frame.by_group), rel=1e-9)


def test_recalls_match_sklearn(one, measured):
    expected = sklearn.recall_score(one.race, one.race_answer, average=None)
    found = [measured.observed[f"race_recall_{name.lower()}"][0] for name in RACE.classes]
    assert found == pytest.approx(list(expected), rel=1e-9)


def test_auc_matches_sklearn_in_every_cell(one, measured):
    rows = table(one)
    for number, cell in enumerate(measured.cells):
        found = np.ones(len(one), bool)
        for attribute, value in cell.values:
            found &= rows[attribute] == BY_KEY[attribute].values[value]
        auc = measured.observed["gender_auc"][number]
        if len(set(one.gender[found])) < 2:
            assert np.isnan(auc)
        else:
            expected = sklearn.roc_auc_score(one.gender[found], one.female[found])
            assert auc == pytest.approx(expected, rel=1e-9)


def test_auc_weights_examples_and_counts_ties_as_half():
    generator = np.random.default_rng(0)
    positive = generator.random(60) < 0.4
    scores = np.round(generator.random(60), 1)
    weights = generator.poisson(1.0, (5, 60)).astype("float32")
    expected = [sklearn.roc_auc_score(positive, scores, sample_weight=row) for row in weights]
    assert weighted_auc(positive, scores, weights) == pytest.approx(expected, rel=1e-6)


def test_calibration_error_uses_ten_bins(one, measured):
    certainty = np.maximum(one.female, 1 - one.female)
    right = one.gender == one.gender_answer
    expected = 0.0
    for low in np.arange(10) / 10:
        found = (certainty >= low) & (certainty < low + 0.1)
        if found.any():
            expected += found.mean() * abs(certainty[found].mean() - right[found].mean())
    assert measured.observed["gender_calibration_error"][0] == pytest.approx(expected, rel=1e-9)


def test_a_perfect_model_has_perfect_measures():
    drawn = make_predictions(300)
    perfect = make_predictions(
        300,
        age_output=drawn.age[:, np.newaxis].astype(float),
        gender_output=drawn.gender[:, np.newaxis].astype(float),
        race_output=np.eye(len(RACE.classes))[drawn.race],
    )
    measured = measure(perfect, resamples=20)
    for key in ("age_mae", "age_bias", "age_rmse", "gender_fnr", "gender_fpr"):
        assert np.nanmax(np.abs(measured.observed[key])) == 0
        assert np.nanmax(np.abs(measured.resampled[key])) == 0
    for key in ("age_close", "gender_accuracy", "race_accuracy", "race_macro_f1", "gender_auc"):
        assert set(measured.observed[key][np.isfinite(measured.observed[key])]) == {1.0}
    for task in ("gender", "race"):
        assert np.nanmax(measured.observed[f"{task}_calibration_error"]) == pytest.approx(0)


def test_every_cell_is_present_and_counted(one, measured):
    assert len(measured.cells) == 1 + 5 + 2 + 9 + 10 + 90
    assert measured.cells == make_cells()
    names = [cell.name for cell in measured.cells]
    assert len(set(names)) == len(names) and names[0] == "all"
    assert "Black, male, 70+" in names
    rows = table(one)
    expected = rows.groupby(["race", "gender", "age_band"]).size()
    for number, cell in enumerate(measured.cells):
        if len(cell.values) == 3:
            key = tuple(cell.name.split(", "))
            assert measured.counts[number] == expected.get(key, 0)
            if not measured.counts[number]:
                assert np.isnan(measured.observed["age_mae"][number])
    assert measured.counts[0] == len(one)


def test_measures_of_one_example_and_of_none():
    single = measure(make_predictions(1), resamples=10)
    assert single.counts.max() == 1 and (single.counts == 1).sum() == 6
    assert np.isfinite(single.observed["age_mae"]).sum() == 6
    nobody = measure(make_predictions(0), resamples=10)
    assert not nobody.counts.any()
    assert np.isnan(nobody.observed["race_accuracy"]).all()
