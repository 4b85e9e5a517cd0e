"""An unusable blessed model is detected before training."""

from pathlib import Path

import keras
import pytest
import tensorflow as tf

from components.errors import InputError
from components.history.registry import BLESSED_MODEL, Entry, History
from components.history.served_model import check_served_model
from tests.components.history.served import OUTPUTS, write_served_model


def record(tmp_path: Path, **outputs: int) -> Entry:
    write_served_model(tmp_path / "model", outputs or OUTPUTS)
    history = History(str(tmp_path / "history"))
    return history.record(BLESSED_MODEL, f"{tmp_path}/model", span=0, properties={})


def test_a_model_with_the_expected_outputs_is_accepted(tmp_path):
    check_served_model(record(tmp_path))


@pytest.mark.parametrize(
    ("outputs", "found"),
    [
        ({"age_output": 1, "gender_output": 1}, "age_output of 1, gender_output of 1"),
        (
            {**OUTPUTS, "race_output": 4},
            "age_output of 1, gender_output of 1, race_output of 4",
        ),
        (
            {**OUTPUTS, "mood_output": 2},
            "age_output of 1, gender_output of 1, mood_output of 2, race_output of 5",
        ),
    ],
)
def test_unexpected_outputs_are_named_with_the_folder_to_delete(tmp_path, outputs, found):
    entry = record(tmp_path, **outputs)
    with pytest.raises(InputError) as error:
        check_served_model(entry)
    assert str(error.value) == (
        f"{entry.folder}: expected a SavedModel whose signature serving_default has the outputs "
        f"age_output of 1, gender_output of 1, race_output of 5; found {found}. It is damaged, "
        "or another release wrote it. Delete this folder; the model before it is then the model "
        "blessed last."
    )


@pytest.mark.parametrize("content", [None, b"", b"no model, but words", b"\x00" * 50])
def test_a_file_that_is_not_a_model_is_rejected(tmp_path, content):
    entry = record(tmp_path)
    path = Path(entry.files, "Format-Serving", "saved_model.pb")
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"; found none\. It is damaged, or another release"):
        check_served_model(entry)


@pytest.mark.parametrize("tracked", ["variables", "model"])
def test_weights_that_a_session_does_not_restore_are_detected(tmp_path, tracked):
    """Earlier releases saved the Keras model itself."""
    inputs = keras.Input((4,))
    model = keras.Model(
        inputs, {name: keras.layers.Dense(size)(inputs) for name, size in OUTPUTS.items()}
    )

    @tf.function(input_signature=[tf.TensorSpec([None, 4], tf.float32)])
    def serve(images):
        return model(images)

    module = tf.Module()
    module.saved = model if tracked == "model" else [one.value for one in model.variables]
    tf.saved_model.save(
        module, f"{tmp_path}/model/Format-Serving", signatures={"serving_default": serve}
    )
    history = History(str(tmp_path / "history"))
    entry = history.record(BLESSED_MODEL, f"{tmp_path}/model", span=0, properties={})
    if tracked == "variables":
        check_served_model(entry)
        return
    with pytest.raises(InputError) as error:
        check_served_model(entry)
    assert str(error.value).startswith(
        f"{entry.folder}: expected a SavedModel whose weights a session restores, as in "
        "BulkInferrer; found weights that it does not restore. An earlier release saved it. Delete "
        "this folder"
    )
