"""A pushed model must load as in a server, and predict what it predicted before."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tfx.types import standard_artifacts

from components.errors import OperationError
from components.pusher.smoke_test import GoldenAnswers, check_answers, read_golden_answers

LENGTHS = (3, 9, 4)


class LengthModel(tf.Module):
    """Predicts the length of an example as the age."""

    def __init__(self, years: float):
        super().__init__()
        self.years = tf.Variable(years)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def serve(self, examples):
        ages = tf.cast(tf.strings.length(examples), tf.float32)[:, None] + self.years
        return {"age_output": ages, "race_output": tf.fill([tf.size(examples), 5], 0.2)}


def save(folder: Path, years: float = 40.0) -> str:
    module = LengthModel(years)
    tf.saved_model.save(module, str(folder), signatures={"serving_default": module.serve})
    return str(folder)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return save(tmp_path_factory.mktemp("model") / "saved")


def golden(years: float = 40.0) -> GoldenAnswers:
    ages = np.array(LENGTHS, np.float32)[:, None] + years
    outputs = {"age_output": ages, "race_output": np.full((3, 5), 0.2, np.float32)}
    return GoldenAnswers(tuple(b"x" * length for length in LENGTHS), outputs)


def test_a_model_that_answers_as_before_passes(model: str) -> None:
    check_answers(model, golden())
    check_answers(model, golden(40.01))


def test_another_answer_is_refused(model: str) -> None:
    with pytest.raises(OperationError) as caught:
        check_answers(model, golden(41.5))
    assert "age_output differs by up to 1.5. The model was not published" in str(caught.value)


def test_a_missing_output_is_refused(model: str) -> None:
    answers = golden()
    answers.outputs["gender_output"] = np.zeros((3, 1), np.float32)
    with pytest.raises(OperationError, match=r"gender_output has the shape \(0,\), not \(3, 1\)"):
        check_answers(model, answers)


def test_nan_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OperationError, match="age_output differs by up to nan"):
        check_answers(save(tmp_path / "nan", float("nan")), golden())


@pytest.mark.parametrize("name", ["saved_model.pb", "variables/variables.index"])
def test_a_model_that_does_not_load_is_refused(tmp_path: Path, name: str) -> None:
    folder = save(tmp_path / "model")
    (tmp_path / "model" / name).write_bytes(b"no model")
    with pytest.raises(OperationError, match="; loading it failed with "):
        check_answers(folder, golden())


def test_examples_and_answers_come_from_bulk_inferrer(tmp_path: Path) -> None:
    predictions = standard_artifacts.Examples()
    predictions.uri, predictions.split_names = str(tmp_path), '["test"]'
    (tmp_path / "Split-test").mkdir()
    with pytest.raises(OperationError, match="expected predictions of the model for the test"):
        read_golden_answers(predictions)
    path = tmp_path / "Split-test" / "examples-00000-of-00001.gz"
    with tf.io.TFRecordWriter(str(path), "GZIP") as writer:
        for number in range(12):
            example = tf.train.Example()
            outputs = {"age_output": 1, "gender_output": 1, "race_output": 5}
            for name, units in outputs.items():
                example.features.feature[name].float_list.value[:] = [number] * units
            writer.write(example.SerializeToString())
    found = read_golden_answers(predictions)
    assert len(found.examples) == 8
    assert found.outputs["age_output"].tolist() == [[float(number)] for number in range(8)]
    assert found.outputs["race_output"].shape == (8, 5)
