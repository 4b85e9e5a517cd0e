"""A killed training resumes and gives the same result as an uninterrupted training."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.lanes import only_in

SCRIPT = Path(__file__).parent / "train_small.py"
ROOT = Path(__file__).parents[2]


def start(folder: Path, name: str, settings: dict, *epoch: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), str(folder), name, json.dumps(settings), *epoch],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=(folder / f"{name}.log").open("w"),
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def train(folder: Path, name: str, settings: dict) -> None:
    with start(folder, name, settings) as process:
        process.communicate(timeout=300)
    assert process.returncode == 0, (folder / f"{name}.log").read_text()[-3000:]


def kill_in_epoch(folder: Path, name: str, settings: dict, epoch: int) -> None:
    with start(folder, name, settings, str(epoch)) as process:
        assert process.stdout is not None
        told = process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    assert told == "hanging\n", (folder / f"{name}.log").read_text()[-3000:]
    assert process.returncode == -signal.SIGKILL


def result(folder: Path, name: str) -> tuple[dict[str, np.ndarray], dict]:
    with np.load(folder / name / "state.npz") as arrays:
        state = {key: arrays[key] for key in arrays.files}
    return state, json.loads((folder / name / "model_run" / "history.json").read_text())


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings",
    [
        pytest.param(
            {"architecture": "shared"},
            id="whole passes",
            marks=only_in("legacy", "a training that is killed is tested"),
        ),
        pytest.param(
            {
                "model": "small",
                "steps_per_epoch": 3,
                "rebalance": "oversample",
                "augmentation": {"method": "tutorial"},
            },
            id="short epochs of varied images",
            marks=only_in("legacy", "a training that is killed is tested"),
        ),
        pytest.param(
            {
                "architecture": "pretrained",
                "mixed_precision": True,
                "ema_decay": 0.5,
                "pretrained": {"frozen_epochs": 3, "fine_tune_learning_rate": 1e-4},
            },
            id="a nested network after its heads",
            marks=only_in("current", "a nested network whose training is killed is tested"),
        ),
    ],
)
def test_a_resumed_training_ends_in_bit_identical_weights(tmp_path, settings):
    settings = {"epochs": 4, "learning_rate": 3e-4, "deterministic": True, **settings}
    train(tmp_path, "whole", settings)
    settings["checkpoints"] = str(tmp_path / "checkpoints")
    kill_in_epoch(tmp_path, "killed", settings, epoch=3)
    (key,) = (tmp_path / "checkpoints").iterdir()
    kept = {path.name.partition("-")[2] for path in key.iterdir()}
    assert "epoch2.npz" in kept
    assert not (tmp_path / "killed" / "state.npz").exists()

    train(tmp_path, "resumed", settings)
    expected, whole = result(tmp_path, "whole")
    received, resumed = result(tmp_path, "resumed")
    assert (whole.pop("resumed_after"), resumed.pop("resumed_after")) == (0, 2)
    # Compares the loss and metrics of all epochs and the best epoch.
    assert len(whole["epochs"]) == 4 and resumed == whole
    # The killed process did not reach the best epoch.
    assert whole["best_epoch"] > 2
    # Weights, moving statistics, dropout seeds, and the optimizer's moments and step.
    assert sorted(received) == sorted(expected)
    differing = [name for name in expected if not np.array_equal(received[name], expected[name])]
    assert differing == []
    # A finished training leaves no checkpoints.
    assert list((tmp_path / "checkpoints").iterdir()) == []
