"""The history, the plot and the TensorBoard logs of a training."""

import json
from xml.etree import ElementTree

import keras
import pytest
import tensorflow as tf

from trainer.fit.training_curves import ScalarLogs, draw_curves, write_history

NAMES = ("loss", "age_output_mae", "gender_output_accuracy", "race_output_accuracy")


def history(epochs: int) -> list[dict[str, float]]:
    return [
        {
            **{name: 1 / (epoch + 1) + place for place, name in enumerate(NAMES)},
            **{f"val_{name}": abs(epoch - 2) + place for place, name in enumerate(NAMES)},
        }
        for epoch in range(epochs)
    ]


def test_the_history_is_written_with_its_plot(tmp_path) -> None:
    write_history(
        str(tmp_path / "run"),
        history(4),
        hyperparameters={"epochs": 4},
        best_epoch=3,
        resumed_after=1,
    )
    told = json.loads((tmp_path / "run" / "history.json").read_text())
    assert (told["best_epoch"], told["resumed_after"]) == (3, 1)
    assert [epoch["epoch"] for epoch in told["epochs"]] == [1, 2, 3, 4]
    assert told["epochs"][2]["val_loss"] == 0.0
    picture = (tmp_path / "run" / "training_curves.svg").read_bytes()
    assert picture == draw_curves(history(4), 3)


def test_a_nan_metric_is_written_as_null(tmp_path) -> None:
    logs = [{**row, "val_age_output_mae": float("nan")} for row in history(2)]
    before = {"loss": 2.0, "age_output_mae": float("nan")}
    write_history(
        str(tmp_path),
        logs,
        hyperparameters={},
        best_epoch=1,
        resumed_after=0,
        warm_start={"from": "a run", "before": before},
    )
    told = json.loads((tmp_path / "history.json").read_text(), parse_constant=pytest.fail)
    assert [epoch["val_age_output_mae"] for epoch in told["epochs"]] == [None, None]
    assert told["warm_start"] == {"from": "a run", "before": {"loss": 2.0, "age_output_mae": None}}


@pytest.mark.parametrize(("epochs", "names"), [(1, NAMES), (4, NAMES), (40, NAMES[:1])])
def test_each_metric_has_one_panel(epochs, names) -> None:
    kept = {*names, *(f"val_{name}" for name in names)}
    logs = [{name: value for name, value in row.items() if name in kept} for row in history(epochs)]
    document = draw_curves(logs, 1)
    ids = [element.get("id", "") for element in ElementTree.fromstring(document).iter()]
    assert len([name for name in ids if name.startswith("axes_")]) == len(names)
    assert b"<dc:date>" not in document


def test_the_logs_have_the_scalars_of_each_epoch(tmp_path) -> None:
    logs = ScalarLogs(str(tmp_path))
    # Epochs before an interruption are replayed before there is a model.
    logs.on_epoch_end(0, {"loss": 3.0, "learning_rate": 0.5, "val_loss": 4.0})
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(0.25))
    logs.set_model(model)
    logs.on_epoch_end(1, {"loss": 1.0, "val_loss": 2.0})
    logs.on_train_end()
    found = {
        (file.parent.name, value.tag, event.step): value.simple_value
        for file in tmp_path.rglob("events.out.tfevents.*")
        for event in tf.compat.v1.train.summary_iterator(str(file))
        for value in event.summary.value
    }
    assert found == {
        ("train", "epoch_loss", 0): 3.0,
        ("train", "epoch_learning_rate", 0): 0.5,
        ("validation", "epoch_loss", 0): 4.0,
        ("train", "epoch_loss", 1): 1.0,
        ("train", "epoch_learning_rate", 1): 0.25,
        ("validation", "epoch_loss", 1): 2.0,
    }


def test_tensorboard_reads_the_logs(tmp_path) -> None:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    logs = ScalarLogs(str(tmp_path))
    logs.on_epoch_end(0, {"loss": 3.0, "val_loss": 4.0})
    logs.on_epoch_end(1, {"loss": 1.5, "val_loss": 2.0})
    events = accumulator.EventAccumulator(str(tmp_path / "validation")).Reload()
    assert [event.value for event in events.Scalars("epoch_loss")] == [4.0, 2.0]
    assert [event.step for event in events.Scalars("epoch_loss")] == [0, 1]
