"""A model that cannot be held against a new one is found before anything is trained."""

from pathlib import Path

import pytest

from components.errors import InputError
from components.history.registry import BLESSED_MODEL, Entry, History
from components.history.served_model import check_served_model
from tests.components.history.served import OUTPUTS, write_served_model


def record(tmp_path: Path, **outputs: int) -> Entry:
    write_served_model(tmp_path / "model", outputs or OUTPUTS)
    history = History(str(tmp_path / "history"))
    return history.record(BLESSED_MODEL, f"{tmp_path}/model", span=0, properties={})


def test_one_that_answers_as_it_should_is_taken(tmp_path):
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
def test_other_outputs_are_named_with_what_to_do(tmp_path, outputs, found):
    entry = record(tmp_path, **outputs)
    with pytest.raises(InputError) as error:
        check_served_model(entry)
    assert str(error.value) == (
        f"{entry.folder}: expected a SavedModel whose signature serving_default has the outputs "
        f"age_output of 1, gender_output of 1, race_output of 5; found {found}. It is of another "
        "release, or damaged: delete that folder, and the model before it counts as the one "
        "blessed last."
    )


@pytest.mark.parametrize("content", [None, b"", b"no model, but words", b"\x00" * 50])
def test_what_is_no_model_is_told_likewise(tmp_path, content):
    entry = record(tmp_path)
    path = Path(entry.files, "Format-Serving", "saved_model.pb")
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"; found none\. It is of another release, or damaged"):
        check_served_model(entry)
