"""A training that starts from the state of an earlier training."""

import hashlib
import json
import logging
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from pydantic import ValidationError
from tfx.components.trainer.fn_args_utils import FnArgs

from trainer import features
from trainer import run_fn as entry
from trainer.models.heads import head_units
from trainer.progress import LOGGER
from trainer.settings.hyperparameters import Hyperparameters
from trainer.state.model_state import ModelState, read_state
from trainer.state.training_state import TrainingState, TrainingStateError
from trainer.tasks import AGE, GENDER, RACE

SETTINGS = {
    **{"epochs": 2, "batch_size": 4, "age_loss": "mse", "schedule": "constant"},
    **{"warmup_fraction": 0.0, "augmentation": {"method": "none"}},
}


def small_model(hyperparameters: Hyperparameters, *_: object) -> keras.Model:
    architecture, age_units = hyperparameters.architecture, head_units(AGE, hyperparameters)
    return make_model(architecture, age_units)


def other_model(hyperparameters: Hyperparameters, *_: object) -> keras.Model:
    return make_model("other", head_units(AGE, hyperparameters) + 1)


def make_model(architecture: str, age_units: int) -> keras.Model:
    # The heads have fixed names. Keras numbers default names throughout the process, and TensorFlow
    # sums the gradients of a layer in the order of the names, which changes the last bit.
    inputs = keras.Input(features.IMAGE_SHAPE)
    x = keras.layers.BatchNormalization()(keras.layers.GlobalAveragePooling2D()(inputs))
    x = keras.layers.Dropout(0.2)(keras.layers.Dense(4, "relu")(x))
    outputs = {
        AGE.output_key: keras.layers.Dense(age_units, name="age")(x),
        GENDER.output_key: keras.layers.Dense(1, "sigmoid", name="gender")(x),
        RACE.output_key: keras.layers.Dense(5, "softmax", name="race")(x),
    }
    return keras.Model(inputs, outputs, name=architecture)


class Trainings:
    """Trains small models through run_fn.

    Attributes:
      begun_with: the state of each model at the start of its training.
    """

    def __init__(self, folder: Path, files: dict[str, str]):
        self._folder, self._files = folder, files
        self.begun_with: list[ModelState] = []

    def run(self, name: str, found: dict[str, str] | None = None, **settings: object) -> Path:
        """Runs a training and returns the folder of its model run."""
        folder = self._folder / name
        config = {**SETTINGS, **settings}
        if found is not None:
            config["training_state"] = found
        entry.run_fn(
            FnArgs(
                train_files=[self._files["train"]],
                eval_files=[self._files["eval"]],
                transform_graph_path="transform_graph",
                custom_config=config,
                serving_model_dir="serving",
                model_run_dir=str(folder),
            )
        )
        return folder

    def again(self, name: str, before: Path, **settings: object) -> Path:
        """Warm-starts a training from the last blessed model, whose model run is `before`."""
        found = {"folder": str(before), "name": "the-entry"}
        return self.run(name, found, **{"warm_start": "latest", **settings})


@pytest.fixture
def trainings(tmp_path, monkeypatch, write_transformed, transform_output) -> Trainings:
    rows = [(age, age % 2, age % 5) for age in range(1, 13)]
    files = {name: write_transformed(name, rows) for name in ("train", "eval")}
    trainings = Trainings(tmp_path, files)
    fit = entry.fit

    def fit_and_note(model, *arguments, **others):
        trainings.begun_with.append(read_state(model))
        return fit(model, *arguments, **others)

    monkeypatch.setattr(entry, "fit", fit_and_note)
    monkeypatch.setattr(entry.tft, "TFTransformOutput", lambda path: transform_output)
    monkeypatch.setattr(entry.models, "build", small_model)
    serving = SimpleNamespace(save=lambda path: None)
    monkeypatch.setattr(entry, "ServingModule", lambda *_, **__: serving)
    return trainings


def history(folder: Path) -> dict:
    return json.loads((folder / "history.json").read_text())


def asked_for_warm_start(*histories: dict) -> tuple[str, ...]:
    """Removes the setting warm_start, which may differ, from the histories and returns it."""
    return tuple(told["hyperparameters"].pop("warm_start") for told in histories)


def state_in(folder: Path) -> ModelState:
    return read_state(keras.saving.load_model(folder / "model.keras"))


def without_seeds(state: ModelState) -> ModelState:
    """Removes the dropout seeds, which a file does not store; model weights are all floats."""
    return {
        name: array
        for name, array in state.items()
        if name.startswith("optimizer/") or array.dtype.kind == "f"
    }


def differing(one: ModelState, other: ModelState) -> list[str]:
    one, other = without_seeds(one), without_seeds(other)
    assert sorted(one) == sorted(other)
    return [name for name in one if not np.array_equal(one[name], other[name])]


def test_a_path_is_made_absolute_and_a_uri_is_unchanged() -> None:
    assert Hyperparameters().warm_start == "none" and not Hyperparameters().uses_warm_start
    for value, expected in {
        "latest": "latest",
        "gs://bucket/run": "gs://bucket/run",
        "runs/3": str(Path("runs/3").absolute()),
        "~/runs/3": str(Path("~/runs/3").expanduser()),
    }.items():
        settings = Hyperparameters(warm_start=value)
        assert (settings.warm_start, settings.uses_warm_start) == (expected, True)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("warm_start", ""), ("warm_start", None), ("warm_start", "~nobody-of-that-name/run")),
        *(("warm_start_learning_rate", 0), ("warm_start_learning_rate", float("inf"))),
    ],
)
def test_an_invalid_value_is_refused_by_name(key: str, value: object) -> None:
    with pytest.raises(ValidationError, match=f"1 validation error for Hyperparameters\n{key}\n"):
        Hyperparameters(**{key: value})


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({}, id="plain"),
        pytest.param({"ema_decay": 0.9, "loss_weighting": "uncertainty"}, id="average, learned"),
        pytest.param({"mixing": "mixup"}, id="mixup"),
        pytest.param({"mixing": "cutmix", "loss_weighting": "uncertainty"}, id="cutmix, learned"),
    ],
)
def test_a_warm_start_restores_the_full_state_and_sets_its_own_rate(trainings, caplog, settings):
    first = trainings.run("first", **settings)
    with caplog.at_level(logging.INFO, LOGGER.name):
        second = trainings.again("second", first, warm_start_learning_rate=0.004, **settings)
    assert differing(trainings.begun_with[1], state_in(first)) == []

    told, before = history(second), history(first)
    assert before["warm_start"] is None
    best = before["epochs"][before["best_epoch"] - 1]
    began = told["warm_start"]
    assert began.pop("before") == pytest.approx(
        {name[4:]: value for name, value in best.items() if name.startswith("val_")}, rel=1e-5
    )
    assert began == {
        "from": "the-entry",
        "sha256": hashlib.sha256((first / "model.keras").read_bytes()).hexdigest(),
        "optimizer": "kept",
        "learning_rate": 0.004,
    }
    assert [logs["learning_rate"] for logs in before["epochs"]] == pytest.approx([0.002] * 2)
    assert [logs["learning_rate"] for logs in told["epochs"]] == pytest.approx([0.004] * 2)
    (message,) = (record for record in caplog.records if hasattr(record, "note"))
    assert message.getMessage() == (
        "warm start from the-entry: optimizer state kept, learning rate 0.004, loss "
        f"{best['val_loss']:.4g} on the eval split before the first epoch"
    )
    # 3 steps per epoch, added to the steps of the first training.
    steps = 3 * (before["best_epoch"] + told["best_epoch"])
    assert int(keras.saving.load_model(second / "model.keras").optimizer.iterations) == steps


def test_weights_are_restored_even_if_the_optimizer_differs(trainings, caplog):
    first = trainings.run("first", optimizer="adam")
    with caplog.at_level(logging.INFO, LOGGER.name):
        second = trainings.again("second", first, optimizer="sgd")
    expected, received = map(without_seeds, (state_in(first), trainings.begun_with[1]))
    weights = [name for name in received if name.startswith("model/")]
    assert all(np.array_equal(expected[name], received[name]) for name in weights)
    assert not any(received[name].any() for name in received if name.startswith("optimizer/"))
    assert history(second)["warm_start"]["optimizer"] == "new"
    assert "optimizer state reset, as the optimizers differ, learning rate 0.001" in caplog.text


@pytest.mark.parametrize(
    ("found", "why"),
    [
        ({}, "The history has no blessed model yet."),
        ({"folder": "", "name": ""}, "The history has no blessed model yet."),
        (
            {"folder": "", "name": "old-entry"},
            "old-entry, the last blessed model, was recorded without a training state.",
        ),
        (
            {"folder": "", "name": "old-entry", "why_not": "It is of other splits."},
            "It is of other splits.",
        ),
    ],
)
def test_without_a_blessed_model_training_starts_from_scratch(trainings, caplog, found, why):
    plain = trainings.run("plain")
    other = trainings.run("other", found, warm_start="latest")
    assert differing(state_in(plain), state_in(other)) == []
    told, expected = history(other), history(plain)
    assert (told.pop("no_warm_start"), expected.pop("no_warm_start")) == (why, "")
    assert asked_for_warm_start(told, expected) == ("latest", "none")
    assert told == expected
    assert f"no warm start: training starts from scratch. {why}" in caplog.messages


@pytest.mark.parametrize(
    ("changes", "units"),
    [({"architecture": "shared"}, 1), ({"age_loss": "cross_entropy"}, 117)],
)
def test_a_mismatched_state_is_an_error_if_named_and_skipped_otherwise(
    trainings, caplog, changes, units
):
    first = trainings.run("first")
    if "architecture" in changes:
        # A different name alone would be accepted: only the layers are compared.
        entry.models.build = other_model
        units += 1
    named = {"folder": str(first), "name": "/runs/first"}
    with pytest.raises(TrainingStateError) as caught:
        trainings.run("named", named, warm_start="/runs/first", **changes)
    expected = Hyperparameters(**{**SETTINGS, **changes})
    name = "other" if units == 2 else "compact"
    assert str(caught.value).startswith(
        f"Expected a training state of {name} with {units} units in the age head, for "
        f"trainer.architecture={expected.architecture} and trainer.age_loss={expected.age_loss}. "
        "Found a state of compact with 1 unit in the age head in /runs/first: layer "
    )
    assert len(trainings.begun_with) == 1
    if units == 117:
        plain = trainings.run("plain", **changes)
        other = trainings.again("latest", first, **changes)
        assert differing(state_in(plain), state_in(other)) == []
        assert "training starts from scratch. Expected a training state of " in caplog.text
        # The learning rate is the usual one too.
        told, usual = history(other), history(plain)
        assert told.pop("no_warm_start").startswith("Expected a training state of compact with 117")
        assert usual.pop("no_warm_start") == ""
        assert asked_for_warm_start(told, usual) == ("latest", "none")
        assert told == usual


@pytest.mark.parametrize("damage", [lambda content: content[:-500], lambda _: b"", lambda _: b"x"])
def test_a_damaged_state_is_an_error_if_named_and_skipped_otherwise(
    trainings, caplog, tmp_path, damage
):
    content = (trainings.run("first") / "model.keras").read_bytes()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "model.keras").write_bytes(damage(content))
    found = {"folder": str(tmp_path / "broken"), "name": "/runs/broken"}
    with pytest.raises(TrainingStateError, match=r"/runs/broken: expected a model of this release"):
        trainings.run("named", found, warm_start="/runs/broken")
    trainings.again("latest", tmp_path / "broken")
    assert "no warm start: training starts from scratch. the-entry: expected a model" in caplog.text


def test_a_path_without_a_history_lookup_is_refused(trainings):
    with pytest.raises(TrainingStateError, match=r"state at /runs/a, which HistoryLookup fetches"):
        trainings.run("named", warm_start="/runs/a")


def test_an_uncompiled_model_is_refused(trainings, tmp_path):
    small_model(Hyperparameters(age_loss="mse")).save(tmp_path / "model.keras")
    with pytest.raises(TrainingStateError, match="expected a compiled model"):
        trainings.run("n", {"folder": str(tmp_path), "name": "m"}, warm_start=str(tmp_path))


@pytest.mark.slow
def test_an_interrupted_warm_start_resumes_from_its_checkpoint(trainings, monkeypatch, tmp_path):
    first = trainings.run("first")
    whole = trainings.again("whole", first, epochs=3)
    checkpoints = str(tmp_path / "checkpoints")

    class Interrupt(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
            if epoch == 1:
                raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(entry, "ScalarLogs", lambda folder: Interrupt())
        with pytest.raises(KeyboardInterrupt):
            trainings.again("killed", first, epochs=3, checkpoints=checkpoints)
    # The state is identified by its content, not its path: the resumed run has its own copy.
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "model.keras").write_bytes((first / "model.keras").read_bytes())
    resumed = trainings.again("resumed", copy, epochs=3, checkpoints=checkpoints)
    told, expected = history(resumed), history(whole)
    assert (told.pop("resumed_after"), expected.pop("resumed_after")) == (1, 0)
    assert told == expected
    assert differing(state_in(resumed), state_in(whole)) == []


def test_checkpoints_belong_to_the_same_starting_state(write_transformed):
    files = write_transformed("split", [(1, 0, 0)])
    arguments = SimpleNamespace(train_files=[files], eval_files=[files])

    def key(digest: str | None = None, name: str = "a", **settings: object) -> str:
        state = digest and TrainingState(name, digest, keras.Model())
        return entry.open_checkpoints("/c", arguments, Hyperparameters(**settings), state).path

    assert key("d1") == key("d1", name="b") == key("d1", warm_start="latest")
    assert len({key(), key("d1"), key("d2"), key("d1", learning_rate=0.5)}) == 4
    assert key() == key(warm_start="latest") == key(warm_start_learning_rate=0.5)
