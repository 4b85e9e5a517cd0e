import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from trainer.runtime import devices


def test_without_a_gpu_the_cpu_is_used_and_described(monkeypatch):
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [])
    strategy = devices.distribution_strategy()
    assert strategy.num_replicas_in_sync == 1
    assert devices.describe(strategy) == "CPU"


def test_tf_config_selects_the_multi_worker_strategy(monkeypatch):
    monkeypatch.setattr(tf.distribute, "MultiWorkerMirroredStrategy", lambda: "workers")
    monkeypatch.setattr(devices, "tolerate_silence", lambda seconds: None)
    cluster = {"chief": ["a:1"], "worker": ["b:1", "c:1"]}
    config = {"cluster": cluster, "task": {"type": "chief", "index": 0}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(config))
    assert devices.distribution_strategy() == "workers"
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [])
    assert devices.describe(tf.distribute.get_strategy()) == "CPU of 3 workers"


ROOT = Path(__file__).parents[3]
SCRIPT = ROOT / "tests" / "e2e" / "train_small.py"

# All that could depend on how a batch is divided. The last batch of a pass, of six, is smaller.
SETTINGS = {
    **{"epochs": 2, "learning_rate": 3e-4, "model": "small", "deterministic": True},
    **{"augmentation": {"method": "tutorial"}, "mixing": "mixup"},
    **{"rebalance": "weights", "loss_weighting": "uncertainty", "ema_decay": 0.5},
}


def start(folder: Path, name: str, settings: dict, **environment: str) -> subprocess.Popen:
    settings = {**SETTINGS, **settings}
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), str(folder), name, json.dumps(settings)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=(folder / f"{name}.log").open("w"),
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )


def result(process: subprocess.Popen, folder: Path, name: str) -> dict[str, np.ndarray]:
    assert process.wait(timeout=300) == 0, (folder / f"{name}.log").read_text()[-3000:]
    with np.load(folder / name / "state.npz") as arrays:
        return {key: arrays[key] for key in arrays.files}


def assert_close(received: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> None:
    assert sorted(received) == sorted(expected)
    for name, array in expected.items():
        np.testing.assert_allclose(received[name], array, rtol=1e-4, atol=1e-5, err_msg=name)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """The folder with the examples of this module's trainings; the first training writes them."""
    return tmp_path_factory.mktemp("trainings")


@pytest.fixture(scope="module")
def one(folder) -> dict[str, np.ndarray]:
    """The final state of a training on one device."""
    return result(start(folder, "one", {}), folder, "one")


@pytest.mark.slow
def test_two_replicas_give_the_same_result_as_one(one, folder):
    two = result(start(folder, "two", {"replicas": 2}), folder, "two")
    assert_close(two, one)


@pytest.mark.slow
def test_two_workers_match_one_and_only_the_chief_writes(one, folder):
    sockets = [socket.create_server(("localhost", 0)) for _ in range(2)]
    cluster = {"worker": [f"localhost:{each.getsockname()[1]}" for each in sockets]}
    for each in sockets:
        each.close()
    settings = {"checkpoints": str(folder / "checkpoints")}
    workers = [
        start(
            folder,
            f"worker{index}",
            settings,
            TF_CONFIG=json.dumps({"cluster": cluster, "task": {"type": "worker", "index": index}}),
        )
        for index in range(2)
    ]
    assert_close(result(workers[0], folder, "worker0"), one)
    assert workers[1].wait(timeout=60) == 0
    assert list((folder / "worker1").iterdir()) == []
    assert list((folder / "checkpoints").iterdir()) == []
