"""A training state is recorded beside its model and found by a run with a warm start."""

import json
import re
import shutil
from pathlib import Path

import pytest
from tfx.types import standard_artifacts

from components.errors import InputError
from components.fairness.artifact import FairnessFigures
from components.history.artifact import ENTRY, FOUND, SPAN, HistoryRecord, MeasuredModels
from components.history.lookup import HistoryLookup
from components.history.registry import BLESSED_MODEL, MEASURED_MODEL, History
from components.recorders.component import ModelRecorder
from tests.components.history.served import write_served_model

STATE = b"weights, moments and averages"
SPLITS = '{"train":70,"eval":10,"test":20}'


def record(
    folder: Path, state: bytes | None = STATE, *, pushed: bool = True, splits: str = SPLITS
) -> str:
    """Records a model with ModelRecorder and returns the name of its entry."""
    inputs = {
        "examples": standard_artifacts.Examples(),
        "model": standard_artifacts.Model(),
        "model_run": standard_artifacts.ModelRun(),
        "figures": FairnessFigures(),
        "pushed": standard_artifacts.PushedModel(),
    }
    for key, artifact in inputs.items():
        artifact.uri = f"{folder}/{key}"
        # The history has links to the files of earlier calls.
        shutil.rmtree(artifact.uri, ignore_errors=True)
        Path(artifact.uri).mkdir()
    inputs["examples"].span = 5
    (folder / "figures" / "headline").mkdir(exist_ok=True)
    (folder / "figures" / "headline" / "headline.json").write_text("{}")
    inputs["pushed"].set_int_custom_property("pushed", int(pushed))
    write_served_model(folder / "model")
    if state is not None:
        (folder / "model_run" / "model.keras").write_bytes(state)
    noted = HistoryRecord()
    ModelRecorder.EXECUTOR_SPEC.executor_class().Do(
        {key: [artifact] for key, artifact in inputs.items()},
        {"record": [noted]},
        {"history": f"{folder}/history", "splits": splits},
    )
    return noted.get_string_custom_property(ENTRY)


def look_up(folder: Path, warm_start: str) -> standard_artifacts.ModelRun:
    outputs = {
        "model": standard_artifacts.Model(),
        "statistics": standard_artifacts.ExampleStatistics(),
        "training_state": standard_artifacts.ModelRun(),
        "blessing": standard_artifacts.ModelBlessing(),
        "measured": MeasuredModels(),
    }
    for key, artifact in outputs.items():
        artifact.uri = f"{folder}/looked_up/{key}"
    HistoryLookup.EXECUTOR_SPEC.executor_class().Do(
        {},
        {key: [artifact] for key, artifact in outputs.items()},
        {
            "history": f"{folder}/history",
            "serving": f"{folder}/serving",
            "warm_start": warm_start,
            "splits": SPLITS,
        },
    )
    return outputs["training_state"]


def told(artifact: standard_artifacts.ModelRun) -> tuple[int, str, int]:
    return (
        artifact.get_int_custom_property(FOUND),
        artifact.get_string_custom_property(ENTRY),
        artifact.get_int_custom_property(SPAN),
    )


def test_the_state_of_the_model_blessed_last_is_found(tmp_path: Path) -> None:
    record(tmp_path, b"older")
    name = record(tmp_path)
    record(tmp_path, b"not blessed", pushed=False)
    found = look_up(tmp_path, "latest")
    assert told(found) == (1, name, 5)
    assert [path.name for path in Path(found.uri).iterdir()] == ["model.keras"]
    assert Path(found.uri, "model.keras").read_bytes() == STATE


def test_a_model_that_is_recorded_again_gets_no_second_entry(tmp_path: Path) -> None:
    name = record(tmp_path)
    assert record(tmp_path) == name
    assert record(tmp_path, b"trained on") != name


def test_headlines_are_found_for_blessed_and_unblessed_models(tmp_path: Path) -> None:
    for blessed in (True, False, True):
        record(tmp_path, pushed=blessed)
    look_up(tmp_path, "none")
    past = History(f"{tmp_path}/history")
    names = [entry.name for entry in past.entries(MEASURED_MODEL)]
    assert len(names) == 3 and names == sorted(names, reverse=True)
    assert past.latest(MEASURED_MODEL).name == names[0]
    found = sorted((tmp_path / "looked_up" / "measured").iterdir(), reverse=True)
    assert [path.name for path in found] == names
    assert (found[0] / "headline.json").read_text() == "{}"


def test_the_state_is_stored_beside_the_served_model(tmp_path: Path) -> None:
    name = record(tmp_path)
    entry = History(f"{tmp_path}/history").latest(BLESSED_MODEL)
    assert (entry.name, entry.folder) == (name, f"{tmp_path}/history/{BLESSED_MODEL}/{name}")
    assert [path.name for path in Path(entry.files).iterdir()] == ["Format-Serving"]
    assert Path(entry.folder, "model.keras").read_bytes() == STATE
    document = json.loads(Path(entry.folder, "entry.json").read_text())
    # Releases without training states can still read the entry.
    assert document["format"] == 1
    assert re.fullmatch("[0-9a-f]{64}", document["properties"]["training_state_sha256"])


def test_no_state_is_copied_without_a_warm_start(tmp_path: Path) -> None:
    record(tmp_path)
    found = look_up(tmp_path, "none")
    assert told(found) == (0, "", 0)
    assert not Path(found.uri).exists()


def test_an_empty_history_has_no_state(tmp_path: Path) -> None:
    assert told(look_up(tmp_path, "latest")) == (0, "", 0)


def test_an_entry_of_an_earlier_release_has_no_state_but_is_named(tmp_path: Path) -> None:
    record(tmp_path)
    write_served_model(tmp_path / "served")
    history = History(f"{tmp_path}/history")
    entry = history.record(BLESSED_MODEL, f"{tmp_path}/served", span=7, properties={})
    assert told(look_up(tmp_path, "latest")) == (0, entry.name, 7)


def test_a_model_without_a_state_is_recorded(tmp_path: Path) -> None:
    name = record(tmp_path, None)
    assert told(look_up(tmp_path, "latest")) == (0, name, 5)


def test_a_state_of_other_splits_is_skipped_with_a_reason(tmp_path: Path) -> None:
    name = record(tmp_path, splits='{"train":8,"eval":1,"test":1}')
    found = look_up(tmp_path, "latest")
    assert told(found) == (0, name, 5)
    assert found.get_string_custom_property("why_not") == (
        f"{name}, the model blessed last, was trained with the splits "
        f'{{"train":8,"eval":1,"test":1}}, and this run uses {SPLITS}: it may have seen images '
        "that are now in the eval or test split."
    )
    assert not Path(found.uri).exists()


@pytest.mark.parametrize("damage", ["changed", "gone"])
def test_a_changed_or_missing_state_is_rejected_by_name(tmp_path: Path, damage: str) -> None:
    name = record(tmp_path)
    path = tmp_path / "history" / BLESSED_MODEL / name / "model.keras"
    path.unlink()
    if damage == "changed":
        path.write_bytes(STATE[:-1])
    with pytest.raises(InputError, match=rf"{name}: expected a history entry .* Delete this"):
        look_up(tmp_path, "latest")
    # A run without a warm start is not affected.
    assert told(look_up(tmp_path, "none")) == (0, "", 0)


@pytest.mark.parametrize("named", ["runs/model_run", "runs/model_run/", "runs/model_run/my.keras"])
def test_a_state_named_by_path_is_used_instead_of_the_history(tmp_path: Path, named: str) -> None:
    record(tmp_path, b"other")
    (tmp_path / "runs" / "model_run").mkdir(parents=True)
    for name in ("model.keras", "my.keras"):
        (tmp_path / "runs" / "model_run" / name).write_bytes(name.encode())
    found = look_up(tmp_path, f"{tmp_path}/{named}")
    assert told(found) == (1, f"{tmp_path}/{named}", 0)
    expected = b"my.keras" if named.endswith("keras") else b"model.keras"
    assert Path(found.uri, "model.keras").read_bytes() == expected


def test_a_missing_path_is_reported(tmp_path: Path) -> None:
    wanted = (
        rf"trainer\.warm_start: expected none, latest, or a training state: a \.keras file, or a "
        rf"model run with model\.keras in it; found no file at {tmp_path}/gone/model\.keras"
    )
    with pytest.raises(InputError, match=wanted):
        look_up(tmp_path, f"{tmp_path}/gone")


@pytest.mark.parametrize("kind", [BLESSED_MODEL, MEASURED_MODEL])
def test_a_damaged_model_is_detected_before_training(tmp_path: Path, kind: str) -> None:
    record(tmp_path)
    (folder,) = (tmp_path / "history" / kind).iterdir()
    path = max(path for path in (folder / "files").rglob("*") if path.is_file())
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(InputError) as caught:
        look_up(tmp_path, "none")
    assert str(caught.value).startswith(f"{folder}: expected a history entry")
    assert f"found a damaged entry: {path} has the SHA-256 " in str(caught.value)
    assert str(caught.value).endswith("Delete this folder; the entry before it is then used.")
