import numpy as np
import pytest

from components.errors import InputError
from components.fairness.cells import VALUES, atoms_of, make_cells, memberships
from components.fairness.outcomes import Outcomes
from tests.components.fairness.drawn import make_outcomes
from trainer import features

LABELS = {key: np.zeros(2, np.int64) for key in features.LABEL_KEYS}
OUTPUTS = {
    "age_output": np.array([[3.0], [40.0]], np.float32),
    "gender_output": np.array([[0.5], [0.51]], np.float32),
    "race_output": np.array([[0.2, 0.5, 0.3, 0, 0], [0, 0, 0, 0, 1]], np.float32),
}


def test_answers_are_the_likeliest():
    outcomes = Outcomes.of(LABELS, OUTPUTS, model="model")
    assert outcomes.gender_answer.tolist() == [0, 1]
    assert outcomes.race_answer.tolist() == [1, 4]
    assert outcomes.age_answer.tolist() == [3, 40] and outcomes.age_answer.dtype == np.float64


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"race_output": None}, "expected an output race_output; found none. Train the model anew"),
        (
            {"age_output": np.array([[1.0], [np.nan]])},
            r"expected numbers for age_output; found none of 1 of 2 examples \(NaN or infinite\)",
        ),
        ({"age_output": np.ones((2, 117))}, r"age_output to be \[2, 1\]; found \[2, 117\]"),
        ({"gender_output": np.ones((3, 1))}, r"gender_output to be \[2, 1\]; found \[3, 1\]"),
        (
            {"gender_output": np.array([[-2.0], [0.5]])},
            "gender_output to be probabilities; found values from -2 to 0.5",
        ),
        (
            {"race_output": np.full((2, 5), 0.3)},
            "race_output to be probabilities; found values from 0.3 to 0.3, with sums from 1.5",
        ),
    ],
)
def test_answers_that_are_none_are_refused(changes, message):
    outputs = {**OUTPUTS, **changes}
    present = {name: output for name, output in outputs.items() if output is not None}
    with pytest.raises(InputError, match=f"^/models/7: .*{message}"):
        Outcomes.of(LABELS, present, model="/models/7")


def test_each_example_lies_in_the_cells_of_its_labels():
    outcomes = make_outcomes(200)
    cells = make_cells()
    members = memberships(cells)[:, atoms_of(outcomes)]
    for row in range(len(outcomes)):
        expected = {
            "race": features.RACES[outcomes.race[row]],
            "gender": features.GENDERS[outcomes.gender[row]],
            "age_band": features.age_band(int(outcomes.age[row])),
        }
        for cell, member in zip(cells, members[:, row], strict=True):
            words = {attribute: VALUES[attribute][value] for attribute, value in cell.values}
            assert member == (words == {key: expected[key] for key in words})
