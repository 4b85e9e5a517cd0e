"""Conversion of model outputs to predictions."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.settings.prediction import PredictionSettings
from pipeline.tools.prediction.prediction import Prediction
from trainer.tasks import RACE

RACES = (0.1, 0.2, 0.4, 0.2, 0.1)


@pytest.mark.parametrize(
    ("age", "years"),
    [(-3.0, 0), (-0.4, 0), (0.4, 0), (0.6, 1), (41.4, 41), (41.5, 42), (41.6, 42), (120.2, 120)],
)
def test_the_age_is_in_whole_years_and_never_negative(age: float, years: int) -> None:
    found = Prediction.of(age, 0.5, RACES).values["age"]
    assert found == years
    assert isinstance(found, int)


@pytest.mark.parametrize(("female", "word"), [(0.0, "male"), (0.49, "male"), (0.51, "female")])
def test_the_gender_is_the_more_probable_class(female: float, word: str) -> None:
    prediction = Prediction.of(30.0, female, RACES)
    assert prediction.values["gender"] == word
    assert prediction.probabilities["gender"] == {"male": 1.0 - female, "female": female}


@pytest.mark.parametrize("index", range(5))
def test_the_race_is_the_most_probable_class(index: int) -> None:
    races = [0.1] * 5
    races[index] = 0.6
    prediction = Prediction.of(30.0, 0.5, races)
    assert prediction.values["race"] == RACE.classes[index]
    assert prediction.probabilities["race"][RACE.classes[index]] == 0.6


@pytest.mark.parametrize(
    ("female", "least", "word"),
    [
        (0.79, 0.8, None),
        (0.81, 0.8, "female"),
        (0.19, 0.8, "male"),
        (0.21, 0.8, None),
        (0.5, 0.0, "male"),
    ],
)
def test_a_gender_below_the_certainty_threshold_is_unsure(female, least, word) -> None:
    settings = PredictionSettings(min_gender_certainty=least)
    prediction = Prediction.of(30.0, female, RACES, settings=settings)
    assert prediction.values == {"age": 30, "gender": word, "race": "Asian"}
    # The probabilities are still reported.
    assert prediction.to_dict()["gender_probabilities"]["female"] == female


def test_a_race_below_the_certainty_threshold_is_unsure() -> None:
    unsure, sure = (
        Prediction.of(30.0, 0.9, RACES, settings=PredictionSettings(min_race_certainty=least))
        for least in (0.41, 0.4)
    )
    assert (unsure.values["gender"], unsure.values["race"]) == ("female", None)
    assert sure.values["race"] == "Asian"


@given(
    st.floats(-200, 200),
    st.floats(0, 1),
    st.lists(st.floats(0.01, 1), min_size=5, max_size=5).map(lambda p: [x / sum(p) for x in p]),
)
def test_probabilities_sum_to_one_and_the_predicted_class_has_the_largest(
    age: float, female: float, races: list[float]
) -> None:
    found = Prediction.of(age, female, races).to_dict()
    for label in ("gender", "race"):
        probabilities = found[f"{label}_probabilities"]
        assert math.isclose(sum(probabilities.values()), 1.0)
        assert probabilities[found[label]] == max(probabilities.values())


def test_a_model_with_another_number_of_races_is_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        Prediction.of(30.0, 0.5, (0.5, 0.5))
