"""A run killed while training resumes and gives the same result as an uninterrupted run."""

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ml_metadata.proto import metadata_store_pb2 as mlmd
from tensorflow.core.protobuf import fingerprint_pb2

from pipeline.root.metadata_store import open_store
from pipeline.tools.sample import write_samples
from tests.lanes import only_in

pytestmark = [pytest.mark.e2e, pytest.mark.slow, only_in("current", "a killed run is tested")]

SETTINGS = """\
trainer: {epochs: 6, steps_per_epoch: 4, batch_size: 16, deterministic: true}
gate: {train_cells: {warn: 0, stop: 0}, eval_cells: {warn: 0, stop: 0}}
thresholds: {max_age_mae: 1000, min_gender_accuracy: 0, min_race_accuracy: 0}
fairness: {min_examples: 1000000}
"""
# The artifacts made from the images before training.
DATA = (
    "UtkFaceExampleGen/examples/*/Split-*/*",
    "UtkFaceExampleGen/ledger/*/*",
    "StatisticsGen/statistics/*/Split-*/*",
    "Transform/transformed_examples/*/Split-*/*",
    "Transform/transform_graph/*/*metadata/*",
    "Transform/transform_graph/*/transform_fn/variables/*",
)
MODEL = ("Trainer/model/*/Format-Serving/variables/*",)
GRAPH_FINGERPRINT = "Transform/transform_graph/*/transform_fn/fingerprint.pb"
MODEL_FINGERPRINT = "Trainer/model/*/Format-Serving/fingerprint.pb"
HISTORY = "Trainer/model_run/*/history.json"
# The components whose results a run reuses after a kill during the training.
REUSED = {
    *("ImportSchemaGen", "UtkFaceExampleGen", "DistributionPlots", "StatisticsGen"),
    *("ExampleValidator", "SkewValidator", "Transform"),
}
WAIT_SECONDS = 600


def run(folder: Path, root: str, log: str, *, kill_at: str = "") -> tuple[int, str]:
    """Runs `utkface run` in a new session; kills it once `kill_at` appears in its log."""
    path = folder / log
    command = [str(Path(sys.executable).parent / "utkface"), "run", "--data", str(folder / "faces")]
    command += ["--root", str(folder / root), "--config", str(folder / "settings.yaml")]
    with path.open("w") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "COLUMNS": "200"},
            start_new_session=True,
        )
        deadline = time.monotonic() + WAIT_SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            if kill_at and kill_at in path.read_text():
                os.killpg(process.pid, signal.SIGKILL)
            time.sleep(0.05)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return process.returncode, path.read_text()


def digests(root: Path, patterns: tuple[str, ...]) -> dict[str, str]:
    """Returns the SHA-256 of each file of the newest execution, by path without its number."""
    found = {}
    for pattern in patterns:
        paths = sorted((root / "artifacts").glob(pattern), key=_execution)
        assert paths, pattern
        for path in paths:
            parts = path.relative_to(root / "artifacts").parts
            name = "/".join((*parts[:2], *parts[3:]))
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def fingerprint(root: Path, pattern: str) -> dict[str, int]:
    """Returns TensorFlow's hashes of the newest SavedModel, which ignore function numbers.

    Function numbers count what the process has traced and say nothing about the model.
    """
    found = fingerprint_pb2.FingerprintDef.FromString(newest(root, pattern).read_bytes())
    return {
        field.name: value for field, value in found.ListFields() if field.name.endswith("_hash")
    }


def newest(root: Path, pattern: str) -> Path:
    """Returns the file of the newest execution."""
    return max((root / "artifacts").glob(pattern), key=_execution)


def _execution(path: Path) -> list[int]:
    return [int(part) for part in path.parts if part.isdigit()]


def states(root: Path, component: str) -> list[int]:
    """Returns the states of all executions of a component, the oldest first."""
    store = open_store(root).store
    (context,) = [
        one for one in store.get_contexts_by_type("node") if one.name.endswith(f".{component}")
    ]
    executions = store.get_executions_by_context(context.id)
    return [one.last_known_state for one in sorted(executions, key=lambda one: one.id)]


def epochs(log: str) -> list[int]:
    return [int(number) for number in re.findall(r"epoch (\d)/6, ", log)]


def test_a_killed_run_resumes_after_its_last_complete_epoch(tmp_path):
    write_samples(tmp_path / "faces", count=300, seed=11)
    (tmp_path / "settings.yaml").write_text(SETTINGS)
    killed, whole = tmp_path / "killed", tmp_path / "whole"

    code, log = run(tmp_path, "killed", "killed.log", kill_at="epoch 2/6, ")
    # The run was killed during epoch 3 or just after it.
    assert code == -signal.SIGKILL, log
    assert epochs(log) in ([1, 2], [1, 2, 3])
    before = digests(killed, DATA)
    graph = fingerprint(killed, GRAPH_FINGERPRINT)

    code, log = run(tmp_path, "killed", "resumed.log")
    assert code == 0, log
    assert epochs(log) in ([3, 4, 5, 6], [4, 5, 6])
    assert re.search(r"continues after epoch [23] of an interrupted training", log), log
    assert digests(killed, DATA) == before
    assert fingerprint(killed, GRAPH_FINGERPRINT) == graph
    assert list((killed / "checkpoints").iterdir()) == []
    # Finished steps are not repeated; the killed step is marked and its output is gone.
    assert set(re.findall(r"cached (\w+)", log)) >= REUSED
    assert "done Trainer" in log
    assert states(killed, "Trainer") == [mlmd.Execution.FAILED, mlmd.Execution.COMPLETE]
    assert len(list(killed.glob("artifacts/Trainer/model*/*"))) == 2
    assert not list(killed.glob("artifacts/*/.system"))

    # An uninterrupted run on another root.
    code, log = run(tmp_path, "whole", "whole.log")
    assert code == 0, log
    assert epochs(log) == [1, 2, 3, 4, 5, 6]
    assert digests(whole, DATA) == before
    assert fingerprint(whole, GRAPH_FINGERPRINT) == graph
    assert digests(whole, MODEL) == digests(killed, MODEL)
    assert fingerprint(whole, MODEL_FINGERPRINT) == fingerprint(killed, MODEL_FINGERPRINT)
    resumed, expected = (json.loads(newest(root, HISTORY).read_text()) for root in (killed, whole))
    assert resumed.pop("resumed_after") in (2, 3) and expected.pop("resumed_after") == 0
    assert resumed == expected
