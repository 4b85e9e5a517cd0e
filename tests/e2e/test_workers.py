"""Two workers train together, are killed and come back, and give the result of one worker."""

import contextlib
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest

from pipeline.tools.sample import write_samples
from tests.lanes import only_in

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    only_in("current", "a run of two workers is tested"),
]

# With the default augmentation, dropout and batch normalization. Adam would amplify the rounding of
# gradients close to 0.
SETTINGS = """\
trainer: {architecture: shared, epochs: 6, steps_per_epoch: 2, batch_size: 16, deterministic: true,
  optimizer: sgd, learning_rate: 0.01}
gate: {train_cells: {warn: 0, stop: 0}, eval_cells: {warn: 0, stop: 0}}
thresholds: {max_age_mae: 1000, min_gender_accuracy: 0, min_race_accuracy: 0}
fairness: {min_examples: 1000000}
"""
WAIT_SECONDS = 600
# The relative tolerance of docs/scaling.md, and two images of the eval split for an accuracy.
# Rounding alone, as with TF_ENABLE_ONEDNN_OPTS=0, changes as much: each step amplifies it.
TOLERANCE, ACCURACY_TOLERANCE = 0.01, 2 / 13


class Command:
    """A running `utkface` command with its output in a file."""

    def __init__(self, log: Path, *arguments: object, **environment: str):
        self.log = log
        with log.open("w") as output:
            self.process = subprocess.Popen(
                [str(Path(sys.executable).parent / "utkface"), *map(str, arguments)],
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "COLUMNS": "200", **environment},
                # Killed with its processes, as if its machine were switched off.
                start_new_session=True,
            )

    def output(self) -> str:
        return self.log.read_text()

    def wait_for(self, text: str) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while text not in self.output():
            assert self.process.poll() is None and time.monotonic() < deadline, self.output()
            time.sleep(0.05)

    def end(self) -> None:
        assert self.process.wait(WAIT_SECONDS) == 0, self.output()

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def start(tmp_path: Path) -> Iterator:
    """Starts a command as a worker of a cluster of two, or without a cluster."""
    sockets = [socket.create_server(("localhost", 0)) for _ in range(2)]
    cluster = {"worker": [f"localhost:{each.getsockname()[1]}" for each in sockets]}
    for each in sockets:
        each.close()
    started: list[Command] = []

    def start(name: str, *arguments: object, worker: int | None = None) -> Command:
        task = {"cluster": cluster, "task": {"type": "worker", "index": worker}}
        environment = {} if worker is None else {"TF_CONFIG": json.dumps(task)}
        started.append(Command(tmp_path / f"{name}.log", *arguments, **environment))
        return started[-1]

    yield start
    for command in started:
        command.kill()


def newest(root: Path, name: str) -> Path:
    """Returns a file of the newest artifact of the Trainer."""
    return max(
        root.glob(f"artifacts/Trainer/model_run/*/{name}"), key=lambda path: path.stat().st_mtime
    )


def weights(root: Path) -> dict[str, np.ndarray]:
    """Returns the weights of each layer."""
    with zipfile.ZipFile(newest(root, "model.keras")) as archive:
        content = io.BytesIO(archive.read("model.weights.h5"))
    found: dict[str, np.ndarray] = {}
    with h5py.File(content) as file:
        file["layers"].visititems(
            lambda name, item: found.update({name: item[()]}) if hasattr(item, "shape") else None
        )
    # The state of dropout.
    return {name: array for name, array in found.items() if array.dtype == np.float32}


def assert_same_result(received: Path, expected: Path) -> None:
    histories = [
        json.loads(newest(root, "history.json").read_text()) for root in (received, expected)
    ]
    assert histories[0]["best_epoch"] == histories[1]["best_epoch"]
    for epochs in zip(*(history["epochs"] for history in histories), strict=True):
        for name, value in epochs[1].items():
            # Keras averages the losses of the outputs over batches of different sizes.
            if not re.fullmatch(r"val_\w+_output_loss", name):
                images = ACCURACY_TOLERANCE if name.endswith("accuracy") else None
                expected_value = pytest.approx(value, rel=TOLERANCE, abs=images)
                assert epochs[0][name] == expected_value, name
    arrays = weights(received), weights(expected)
    assert arrays[0].keys() == arrays[1].keys() and len(arrays[0]) > 20
    vectors = [np.concatenate([array.ravel() for array in each.values()]) for each in arrays]
    difference = np.linalg.norm(vectors[0] - vectors[1]) / np.linalg.norm(vectors[1])
    assert difference < TOLERANCE


def test_two_workers_that_are_killed_give_the_result_of_one(tmp_path: Path, start) -> None:
    write_samples(tmp_path / "faces", count=120, seed=11)
    (tmp_path / "settings.yaml").write_text(SETTINGS)
    run = ("run", "--data", tmp_path / "faces", "--config", tmp_path / "settings.yaml", "--root")
    root, expected = tmp_path / "two", tmp_path / "one"

    worker = start("worker", "worker", "--root", root, worker=1)
    chief = start("chief", *run, root, worker=0)
    chief.wait_for("epoch 2/6")
    chief.kill()
    worker.wait_for("the training was interrupted")

    # The worker that is still there joins the run that continues.
    chief = start("chief-again", *run, root, worker=0)
    chief.wait_for("epoch 4/6")
    worker.kill()
    chief.wait_for("lost a worker")
    worker = start("worker-again", "worker", "--root", root, worker=1)
    chief.end()
    worker.end()
    assert "training on CPU of 2 workers" in chief.output()
    assert re.search(r"continues after epoch [23] of an interrupted training", chief.output())
    assert re.search(r"continues after epoch [45] of an interrupted training", chief.output())
    assert re.findall(r"epoch (\d)/6", worker.output())[-1] == "6"
    assert list((root / "checkpoints").iterdir()) == []
    (served,) = (root / "serving").glob("[0-9]*")
    assert (served / "saved_model.pb").is_file()

    start("one", *run, expected).end()
    assert_same_result(root, expected)
