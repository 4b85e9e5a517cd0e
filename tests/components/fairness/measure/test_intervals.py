import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from components.fairness.measure.bootstrap import measure
from components.fairness.measure.intervals import percentile_interval, wilson_interval
from tests.components.fairness.drawn import make_predictions


@given(whole=st.integers(1, 5000), data=st.data())
def test_the_wilson_interval_matches_scipy(whole, data):
    part = data.draw(st.integers(0, whole))
    expected = binomtest(part, whole).proportion_ci(method="wilson")
    found = wilson_interval(np.array([part]), np.array([whole]))
    assert [float(end[0]) for end in found] == pytest.approx(list(expected), abs=1e-9)


def test_a_share_of_zero_examples_has_no_interval():
    assert np.isnan(wilson_interval(np.array([0.0]), np.array([0.0]))).all()


def test_the_interval_covers_the_middle_95_percent():
    low, high = percentile_interval(np.arange(2001.0)[:, np.newaxis])
    assert (low[0], high[0]) == pytest.approx((50, 1950))


def test_a_value_missing_in_most_resamples_has_no_interval():
    values = np.ones((100, 2))
    values[:51, 0] = np.nan
    values[:49, 1] = np.nan
    low, high = percentile_interval(values)
    assert np.isnan([low[0], high[0]]).all() and (low[1], high[1]) == (1, 1)
    assert np.isnan(percentile_interval(np.empty((0, 3)))).all()


def test_resamples_have_the_expected_standard_error():
    outcomes = make_predictions(800)
    measured = measure(outcomes, resamples=1500, seed=1)
    for cell in (0, 1, 6):
        n = measured.counts[cell]
        accuracy = measured.observed["race_accuracy"][cell]
        expected = (accuracy * (1 - accuracy) / n) ** 0.5
        assert measured.resampled["race_accuracy"][:, cell].std() == pytest.approx(
            expected, rel=0.1
        )
    errors = np.abs(outcomes.age_answer - outcomes.age)
    expected = errors.std() / len(outcomes) ** 0.5
    assert measured.resampled["age_mae"][:, 0].std() == pytest.approx(expected, rel=0.1)


def test_intervals_contain_the_true_value_19_times_in_20():
    """Age errors are drawn from a normal distribution, so the true MAE is known."""
    truth = 6 * (2 / np.pi) ** 0.5
    held = 0
    for seed in range(200):
        measured = measure(make_predictions(120, seed=seed), resamples=200, seed=seed)
        low, high = percentile_interval(measured.resampled["age_mae"][:, 0])
        held += bool(low <= truth <= high)
    # The binomial distribution leaves this range once in a thousand runs.
    assert 178 <= held <= 199


def test_two_models_use_the_same_resamples():
    labels = make_predictions(300)
    older = make_predictions(300, age_output=labels.age_answer[:, np.newaxis] + 1)
    first, second = (measure(one, resamples=50, seed=7) for one in (labels, older))
    difference = second.resampled["age_bias"][:, 0] - first.resampled["age_bias"][:, 0]
    np.testing.assert_allclose(difference, 1, rtol=1e-5)
    other = measure(labels, resamples=50, seed=8)
    assert not np.array_equal(first.resampled["age_mae"], other.resampled["age_mae"])
    again = measure(labels, resamples=50, seed=7)
    np.testing.assert_array_equal(first.resampled["age_mae"], again.resampled["age_mae"])


def test_resamples_do_not_depend_on_the_chunk_size(monkeypatch):
    outcomes = make_predictions(100)
    whole = measure(outcomes, resamples=30, seed=2)
    monkeypatch.setattr("components.fairness.measure.bootstrap._CHUNK_WEIGHTS", 700)
    parts = measure(outcomes, resamples=30, seed=2)
    np.testing.assert_allclose(parts.resampled["age_mae"], whole.resampled["age_mae"], rtol=1e-6)
