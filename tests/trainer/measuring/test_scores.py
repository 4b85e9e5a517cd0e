"""Metrics compared with values computed by hand."""

import numpy as np
import pytest

from trainer.measuring.scores import score, score_majority, score_model
from trainer.predictions import Predictions

LABELS = {
    "age": np.array([2, 14, 15, 40], np.int64),
    "gender": np.array([0, 1, 1, 0], np.int64),
    "race": np.array([0, 1, 4, 2], np.int64),
}
OUTPUTS = {
    "age_output": np.array([[3.5], [14.0], [10.0], [40.5]], np.float32),
    # 0.5 counts as male. The second is misclassified as male, the last as female.
    "gender_output": np.array([[0.5], [0.25], [0.75], [0.875]], np.float32),
    "race_output": np.eye(5, dtype=np.float32)[[0, 1, 4, 3]],
}


def test_metrics_match_values_computed_by_hand() -> None:
    found = score(Predictions(LABELS, OUTPUTS))
    assert (found["examples"], found["examples_older"]) == (4, {"gender": 2})
    assert found["metrics"] == {
        "age_mae": (1.5 + 0 + 5 + 0.5) / 4,
        "gender_accuracy": 0.5,
        "gender_accuracy_15_and_older": 0.5,
        "race_accuracy": 0.75,
    }


def test_an_accuracy_over_no_examples_is_none() -> None:
    young = {key: values[:1] for key, values in LABELS.items()}
    outputs = {key: values[:1] for key, values in OUTPUTS.items()}
    metrics = score(Predictions(young, outputs))["metrics"]
    assert metrics["gender_accuracy_15_and_older"] is None
    assert metrics["gender_accuracy"] == 1.0


def test_the_majority_class_is_that_of_the_train_split(write_transformed) -> None:
    train = write_transformed("train", [(1, 0, 2), (2, 1, 2), (3, 0, 0)])
    measured = write_transformed("measured", [(1, 0, 0), (2, 1, 0), (3, 0, 2), (4, 1, 0)])
    assert score_majority([train], [measured]) == {"race": {"class": "Asian", "accuracy": 0.25}}


def test_a_model_is_scored_through_its_signature(write_transformed, tmp_path) -> None:
    import tensorflow as tf

    class Constant(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
        def serve(self, examples):
            rows = tf.shape(examples)[0]
            return {
                "age_output": tf.fill([rows, 1], 30.0),
                "gender_output": tf.fill([rows, 1], 0.9),
                "race_output": tf.tile([[0.0, 0.0, 1.0, 0.0, 0.0]], [rows, 1]),
            }

    model, examples = Constant(), write_transformed("raw", [(20 + n % 20, 1, 2) for n in range(70)])
    folder = str(tmp_path / "model")
    tf.saved_model.save(model, folder, signatures={"serving_default": model.serve})
    found = score_model(folder, [examples])
    # 70 examples need more than one batch.
    assert found["examples"] == 70
    errors = [abs(30 - (20 + n % 20)) for n in range(70)]
    assert found["metrics"]["age_mae"] == pytest.approx(sum(errors) / 70)
    assert found["metrics"]["gender_accuracy"] == found["metrics"]["race_accuracy"] == 1.0
    with pytest.raises(ValueError, match=r"^Expected examples to measure on\. Received: none at"):
        score_model(folder, [str(tmp_path / "nothing" / "*")])
