import numpy as np
import pytest

from components.fairness.measure.calibration import calibrate, withhold
from tests.components.fairness.drawn import make_predictions


def test_bins_contain_all_examples_and_their_means():
    outcomes = make_predictions(400)
    chosen = outcomes.race == 0
    bins = calibrate(outcomes, chosen)["gender"]
    certainty = np.maximum(outcomes.female, 1 - outcomes.female)
    right = outcomes.gender == outcomes.gender_answer
    assert sum(one.examples for one in bins) == chosen.sum()
    assert [one.low for one in bins] == [0.5, 0.6, 0.7, 0.8, 0.9]
    for one in bins:
        members = chosen & (certainty >= one.low) & (certainty < one.low + 0.1)
        assert one.examples == members.sum()
        assert one.certainty == pytest.approx(certainty[members].mean())
        assert one.accuracy == pytest.approx(right[members].mean())


def test_a_certainty_of_one_is_in_the_last_bin():
    outcomes = make_predictions(50)
    certain = outcomes.changed(female=np.ones(50))
    (last,) = calibrate(certain, np.ones(50, bool))["gender"]
    assert (last.low, last.examples, last.certainty) == (0.9, 50, 1.0)
    assert last.accuracy == pytest.approx((outcomes.gender == 1).mean())


def test_withholding_uncertain_predictions_increases_accuracy():
    outcomes = make_predictions(2000)
    for found in withhold(outcomes, np.ones(2000, bool)).values():
        coverages = [one.coverage for one in found]
        assert coverages[0] == 1 and coverages == sorted(coverages, reverse=True)
        answered = [one for one in found if one.coverage > 0.1]
        assert answered[-1].accuracy > answered[0].accuracy + 0.05


def test_an_empty_selection_has_no_bins_and_no_coverage():
    outcomes = make_predictions(20)
    nobody = np.zeros(20, bool)
    assert calibrate(outcomes, nobody) == {"gender": [], "race": []}
    for one in withhold(outcomes, nobody)["race"]:
        assert (one.coverage, one.accuracy) == (0, None)
