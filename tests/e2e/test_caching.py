"""A run reuses what has not changed, and nothing that has, in a copy of the project."""

import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass

import pytest
import yaml
from ml_metadata.proto import metadata_store_pb2 as mlmd

from pipeline.root.metadata_store import open_store
from pipeline.tools.sample import write_samples
from tests.lanes import only_in
from tests.planted import PlantedTree, copy_project

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    only_in("legacy", "runs that reuse earlier results are tested"),
]
SETTINGS = {
    "trainer": {"architecture": "shared", "epochs": 1, "steps_per_epoch": 1},
    "gate": {
        "train_cells": {"warn": 0, "stop": 0},
        "eval_cells": {"warn": 0, "stop": 0},
        "largest_share": {"stop": 1},
    },
    "thresholds": {"max_age_mae": 1000, "min_gender_accuracy": 0, "min_race_accuracy": 0},
    "fairness": {"min_examples": 1000000},
}
STOPPED_BY_DATA_GATE = 4
TERMINATED = 143
# Components before the training whose results depend on the data, the settings and the code alone.
CHECKS = {"ImportSchemaGen", "StatisticsGen", "ExampleValidator", "SkewValidator"}
BEFORE = {"UtkFaceExampleGen", "DistributionPlots", "Transform", *CHECKS}
AFTER = {"Trainer", "BulkInferrer", "Evaluator"}
# The history, the verdict and the served model are looked at by each run.
ALWAYS = {"HistoryLookup", "GateKeeper", "StatisticsRecorder"}
# They are compared with the history, which each run adds to.
COMPARED = {"DriftValidator", "DataGate"}
LAST = {"BaselineBulkInferrer", "FairnessReport", "Pusher", "ModelRecorder", "ModelCard"}


@dataclass(frozen=True)
class Progress:
    """The components that a run reported, by what it did with them."""

    done: set[str]
    cached: set[str]

    @classmethod
    def of(cls, output: str) -> "Progress":
        return cls(
            *({*re.findall(rf"^{verb} (\w+)", output, re.MULTILINE)} for verb in ("done", "cached"))
        )


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> PlantedTree:
    """A copy of the project after a run; the tests run again in its root, in this order."""
    tree = copy_project(tmp_path_factory.mktemp("caching") / "project")
    (tree.folder / "README.md").write_text("Read me.")
    write_samples(tree.folder / "faces", count=120, seed=3)
    (tree.folder / "settings.yaml").write_text(yaml.safe_dump(SETTINGS))
    first = run(tree)
    assert first.cached == set()
    assert first.done == BEFORE | AFTER | ALWAYS | COMPARED | LAST
    return tree


def arguments(tree: PlantedTree, *options: str) -> tuple[str, ...]:
    places = ("--data", f"{tree.folder}/faces", "--root", f"{tree.folder}/root")
    return ("run", *places, "--config", f"{tree.folder}/settings.yaml", *options)


def run(tree: PlantedTree, *options: str, code: int = 0) -> Progress:
    return Progress.of(tree.utkface(*arguments(tree, *options), code=code))


def test_a_change_of_the_readme_repeats_nothing_that_can_be_reused(tree: PlantedTree) -> None:
    (tree.folder / "README.md").write_text("Read me!")
    found = run(tree)
    assert found.cached == BEFORE | AFTER
    assert found.done == ALWAYS | COMPARED | LAST
    # Reports of a run name results of the run that made them.
    listed = tree.utkface("runs", "--root", tree.folder / "root")
    assert listed.count("pushed") == 2
    assert "blessed" in tree.utkface("report", "--root", tree.folder / "root")


def test_a_character_of_the_preprocessing_repeats_what_reaches_it(tree: PlantedTree) -> None:
    """The run is stopped once the training begins."""
    with (tree.folder / "trainer" / "preprocessing.py").open("a") as file:
        file.write("#")
    with subprocess.Popen(
        [sys.executable, "-c", "from pipeline.cli import main; main()", *arguments(tree)],
        cwd=tree.folder,
        env={**os.environ, "PYTHONPATH": str(tree.folder), "COLUMNS": "100"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "training on" in line:
                process.send_signal(signal.SIGTERM)
    output = "".join(lines)
    assert process.returncode == TERMINATED, output
    assert "Run the same command again to continue; finished steps are reused" in output
    found = Progress.of(output)
    assert found.cached == CHECKS | {"UtkFaceExampleGen"}
    assert found.done == {"DistributionPlots", "Transform"} | ALWAYS | COMPARED


def test_the_next_run_continues_and_a_setting_of_the_training_repeats_no_more(
    tree: PlantedTree,
) -> None:
    found = run(tree, "--set", "trainer.epochs=2")
    # The run before pushed nothing, so the model to compare with is the same.
    assert found.cached == BEFORE | {"BaselineBulkInferrer"}
    assert found.done == (AFTER | ALWAYS | COMPARED | LAST) - {"BaselineBulkInferrer"}
    states = {
        one.last_known_state for one in open_store(tree.folder / "root").store.get_executions()
    }
    assert states - {mlmd.Execution.COMPLETE, mlmd.Execution.CACHED} <= {
        mlmd.Execution.CANCELED,
        mlmd.Execution.FAILED,
    }
    # The training that was stopped left no model.
    assert len(list((tree.folder / "root").glob("artifacts/Trainer/model/*"))) == 2


@pytest.mark.parametrize("change", ["data", "option"])
def test_changed_data_and_no_cache_repeat_every_step(tree: PlantedTree, change: str) -> None:
    """The gate ends these runs, for the sake of time."""
    options = ["--set", "gate.largest_share={warn: 0.001, stop: 0.001}"]
    if change == "option":
        options.append("--no-cache")
    else:
        path, other = sorted((tree.folder / "faces").iterdir())[:2]
        size, times = path.stat().st_size, path.stat()
        content = other.read_bytes()[:size]
        path.write_bytes(content + bytes(size - len(content)))
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        assert (path.stat().st_size, path.stat().st_mtime_ns) == (size, times.st_mtime_ns)
    found = run(tree, *options, code=STOPPED_BY_DATA_GATE)
    assert found.done >= {"UtkFaceExampleGen", "StatisticsGen", "DistributionPlots"}
    assert found.cached == ({"ImportSchemaGen"} if change == "data" else set())
