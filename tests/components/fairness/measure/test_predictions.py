"""Predictions are read in the order of the examples and validated."""

import numpy as np
import pytest
import tensorflow as tf
from tfx.types import standard_artifacts

from components.errors import InputError
from components.fairness.measure.cells import find_atoms, make_cells, memberships
from components.fairness.measure.predictions import read_predictions
from components.split_counts import record_counts
from tests.components.fairness.drawn import make_predictions
from trainer.groups import AGE_BAND
from trainer.tasks import GENDER, RACE, TASKS

ROWS = (
    {"age": 3, "gender": 0, "race": 1, "outputs": ([3.5], [0.5], [0.2, 0.5, 0.3, 0, 0])},
    {"age": 40, "gender": 1, "race": 4, "outputs": ([41.0], [0.75], [0, 0, 0, 0, 1])},
    {"age": 60, "gender": 1, "race": 0, "outputs": ([60.0], [0.25], [1, 0, 0, 0, 0])},
)


def example_of(number: int, outputs=None) -> bytes:
    """Returns a serialized example; two examples share a name but have different images."""
    row = ROWS[number]
    example = tf.train.Example()
    feature = example.features.feature
    feature["file_name"].bytes_list.value.append(b"same.jpg" if number else b"other.jpg")
    feature["image"].bytes_list.value.append(b"picture %d" % number)
    for task in TASKS:
        feature[task.label_key].int64_list.value.append(row[task.name])
    for task, values in zip(TASKS, outputs or (), strict=False):
        if values is not None:
            feature[task.output_key].float_list.value.extend(values)
    return example.SerializeToString()


def write(folder, records: list[bytes]) -> standard_artifacts.Examples:
    (folder / "Split-test").mkdir(parents=True)
    with tf.io.TFRecordWriter(str(folder / "Split-test" / "data.gz"), "GZIP") as writer:
        for record in records:
            writer.write(record)
    artifact = standard_artifacts.Examples()
    artifact.uri, artifact.split_names = str(folder), '["test"]'
    return artifact


@pytest.fixture
def read(tmp_path):
    def run(order, outputs=None, recorded=3):
        examples = write(tmp_path / "examples", [example_of(number) for number in range(3)])
        record_counts(examples, {"train": 7, "test": recorded})
        predicted = write(
            tmp_path / "predicted",
            [example_of(one, (outputs or {}).get(one, ROWS[one]["outputs"])) for one in order],
        )
        return read_predictions(predicted, examples, model="/models/7")

    return run


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_predictions_are_in_the_order_of_the_examples(read, order):
    found = read(order)
    assert found.labels["age"].tolist() == [3, 40, 60]
    assert found.outputs["age_output"].tolist() == [[3.5], [41.0], [60.0]]
    assert found.of(GENDER).predicted.tolist() == [0, 1, 0]
    assert found.of(RACE).predicted.tolist() == [1, 4, 0]


def test_an_example_without_a_prediction_raises_an_error(read):
    with pytest.raises(InputError, match=r"^/models/7: expected predictions for every example"):
        read((0, 1, 1))


@pytest.mark.parametrize(
    ("order", "recorded", "found"),
    [((0, 1), 3, 2), ((0, 1, 1, 2), 3, 4), ((0, 1, 2), 4, 3), ((0, 1, 2), 2, 3)],
)
def test_lost_or_repeated_records_raise_an_error(read, order, recorded, found):
    message = f"Expected predictions of the {recorded} examples in the test split; found "
    with pytest.raises(RuntimeError, match=f"{message}predictions of {found}. The Beam engine"):
        read(order, recorded=recorded)


def test_an_example_lost_after_inference_raises_an_error(read):
    with pytest.raises(RuntimeError, match="Expected examples of the 4 examples in the test"):
        read((0, 1, 1, 2), recorded=4)


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        (
            ([1.0], [0.5], None),
            "expected 5 values of race_output for each example; found 0, 5. Train",
        ),
        (
            ([np.nan], [0.5], [1, 0, 0, 0, 0]),
            "expected finite numbers for age_output; found NaN or infinite values in 1 of "
            "3 examples",
        ),
        (
            ([1.0] * 117, [0.5], [1, 0, 0, 0, 0]),
            "expected 1 values of age_output for each example; found 1, 117",
        ),
        (
            ([1.0], [-2.0], [1, 0, 0, 0, 0]),
            "gender_output to be probabilities; found values from -2 to 0.5",
        ),
        (
            ([1.0], [0.5], [0.3] * 5),
            "race_output to be probabilities; found values from 0 to 1, with sums from 1 to 1.5",
        ),
    ],
)
def test_invalid_outputs_are_rejected(read, outputs, message):
    with pytest.raises(InputError, match=f"^/models/7: .*{message}"):
        read((0, 1, 2), {1: outputs})


def test_each_example_is_in_the_cells_of_its_labels():
    outcomes = make_predictions(200)
    cells = make_cells()
    members = memberships(cells)[:, find_atoms(outcomes.labels)]
    for row in range(len(outcomes)):
        expected = {
            "race": RACE.classes[outcomes.race[row]],
            "gender": GENDER.classes[outcomes.gender[row]],
            "age_band": AGE_BAND.value_of(int(outcomes.age[row])),
        }
        for cell, member in zip(cells, members[:, row], strict=True):
            assert member == (cell.words == {key: expected[key] for key in cell.slicing})
