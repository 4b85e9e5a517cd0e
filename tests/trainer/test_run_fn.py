import json
import logging
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from tfx.components.trainer.fn_args_utils import FnArgs

from trainer import features
from trainer import run_fn as entry
from trainer.fit.divergence import DivergenceError
from trainer.models.heads import head_units
from trainer.progress import LOGGER
from trainer.settings.hyperparameters import Hyperparameters
from trainer.tasks import AGE, GENDER, RACE


def _small_model(hyperparameters: Hyperparameters, *_: object) -> keras.Model:
    inputs = keras.Input(features.IMAGE_SHAPE)
    x = keras.layers.GlobalAveragePooling2D()(inputs)
    outputs = {
        AGE.output_key: keras.layers.Dense(head_units(AGE, hyperparameters))(x),
        GENDER.output_key: keras.layers.Dense(1, "sigmoid")(x),
        RACE.output_key: keras.layers.Dense(5, "softmax")(x),
    }
    return keras.Model(inputs, outputs)


@pytest.fixture
def train(tmp_path, monkeypatch, write_transformed, transform_output):
    """Runs run_fn on 14 White men and 2 White women with a small model.

    Returns the weights and the folder of the model run.
    """
    rows = [*[(age, 0, 0) for age in range(1, 15)], (40, 1, 0), (50, 1, 0)]
    files = {"train": write_transformed("train", rows), "eval": write_transformed("eval", rows)}
    saved: list[keras.Model] = []
    monkeypatch.setattr(entry.tft, "TFTransformOutput", lambda path: transform_output)
    monkeypatch.setattr(entry.models, "build", _small_model)
    monkeypatch.setattr(
        entry,
        "ServingModule",
        lambda model, output, **_: SimpleNamespace(save=lambda path: saved.append(model)),
    )

    def run(name: str, **settings: object) -> tuple[list[np.ndarray], object]:
        folder = tmp_path / name
        entry.run_fn(
            FnArgs(
                train_files=[files["train"]],
                eval_files=[files["eval"]],
                transform_graph_path="transform_graph",
                custom_config={"epochs": 2, "batch_size": 4, **settings},
                serving_model_dir="serving",
                model_run_dir=str(folder),
            )
        )
        return saved[-1].get_weights(), folder

    return run


def _same(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_rebalancing_is_off_by_default_and_writes_no_record(train, caplog):
    with caplog.at_level(logging.INFO, LOGGER.name):
        plain, folder = train("plain")
    assert not (folder / "balance.json").exists()
    assert "rebalancing" not in caplog.text
    assert _same(plain, train("none", rebalance="none", rebalance_max_weight=2.0)[0])


@pytest.mark.slow
@pytest.mark.parametrize("method", ["weights", "oversample"])
def test_rebalancing_is_logged_recorded_and_reproducible(train, caplog, method):
    with caplog.at_level(logging.INFO, LOGGER.name):
        trained, folder = train("first", rebalance=method)
    assert f"rebalancing by {method}: White male 0.57, White female 4" in caplog.messages
    assert (
        "no examples to train on: Black male, Black female, Asian male, Asian female, "
        "Indian male, Indian female, Others male, Others female"
    ) in caplog.messages
    (balance,) = (record.balance for record in caplog.records if hasattr(record, "balance"))
    assert (balance.method, balance.counts) == (method, (14, 2, *[0] * 8))
    told = json.loads((folder / "balance.json").read_text())
    assert (told["method"], told["max_weight"], told["examples"]) == (method, 10.0, 16)
    assert [group["effective_share"] for group in told["groups"][:2]] == pytest.approx([0.5, 0.5])
    assert _same(trained, train("second", rebalance=method)[0])
    assert not _same(trained, train("plain")[0])


def test_the_maximum_weight_is_configurable(train):
    _, folder = train("bounded", rebalance="weights", rebalance_max_weight=2.0)
    groups = json.loads((folder / "balance.json").read_text())["groups"]
    assert [group["weight"] for group in groups[:2]] == pytest.approx([12 / 14, 2.0])


@pytest.mark.slow
@pytest.mark.parametrize("method", ["mixup", "cutmix"])
def test_mixing_changes_the_training_and_is_reproducible(train, method):
    plain, _ = train("plain")
    mixed, folder = train("first", mixing=method)
    assert not _same(plain, mixed)
    assert _same(mixed, train("second", mixing=method)[0])
    assert not _same(mixed, train("third", mixing=method, mixing_alpha=20.0)[0])
    (first, *_) = json.loads((folder / "history.json").read_text())["epochs"]
    assert {"age_output_mae", "gender_output_accuracy", "val_race_output_accuracy"} <= set(first)


def test_the_model_run_has_the_state_the_history_and_the_logs(train):
    weights, folder = train("left")
    loaded = keras.saving.load_model(folder / "model.keras")
    assert _same(loaded.get_weights(), weights)
    # 16 examples in batches of 4; the optimizer state is that of the best epoch.
    told = json.loads((folder / "history.json").read_text())
    assert len(told["epochs"]) == 2
    assert int(loaded.optimizer.iterations) == 4 * told["best_epoch"]
    assert (folder / "training_curves.svg").read_bytes().startswith(b"<?xml")
    found = {path.parent.name for path in (folder / "logs").rglob("events.out.tfevents.*")}
    assert found == {"train", "validation"}


def test_a_finished_training_leaves_no_checkpoints(train, tmp_path, monkeypatch):
    checkpoints = tmp_path / "checkpoints"
    plain, _ = train("plain")
    kept, _ = train("kept", checkpoints=str(checkpoints))
    assert _same(kept, plain)
    assert list(checkpoints.iterdir()) == []
    # Kept until all workers have ended.
    seen = []
    monkeypatch.setattr(
        entry.devices, "wait_for_all", lambda _: seen.extend(checkpoints.rglob("*.npz"))
    )
    train("seen", checkpoints=str(checkpoints))
    assert seen and list(checkpoints.iterdir()) == []
    with pytest.raises(DivergenceError, match=r"learning rate is .*Lower trainer\.learning_"):
        train("diverged", checkpoints=str(checkpoints), learning_rate=1e20)
