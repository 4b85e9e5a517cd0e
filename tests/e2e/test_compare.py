"""Settings compared on the splits of a finished run, in real trainings."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lanes import only_in

pytestmark = [pytest.mark.e2e, only_in("current", "comparisons are tested")]

# So short that the models know nothing: what is tested is the machinery.
SPLITS = {"eval": "eval", "test": "test"}
TINY = ("--set", "trainer.epochs=1", "--set", "trainer.steps_per_epoch=1")


def results(output: Path, split: str = "eval") -> dict[str, dict]:
    paths = output.glob(f"trainings/*/result-{split}.json")
    return {path.parent.name.rpartition("-")[0]: json.loads(path.read_text()) for path in paths}


def test_two_configs_are_trained_once(finished_run, utkface, tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(
        "architecture: shared\nbatch_size: 8\naverage_mirrored: false\n"
    )
    out = tmp_path / "out"
    command = ("compare", "compact", tmp_path / "small.yaml", "--root", finished_run.root)
    command += ("--seeds", "5", "--output", out, *TINY)
    ended = utkface(*command)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stderr == ""
    for line in ("1 of 2: compact, seed 5", "2 of 2: small, seed 5", "     training on"):
        assert line in ended.stdout
    assert ended.stdout.count("     epoch 1/1, eval split: age MAE ") == 2
    found = results(out)
    assert sorted(found) == ["compact-seed5", "small-seed5"]
    report = finished_run.report()
    splits = {name: split["examples"] for name, split in report["ingest"]["splits"].items()}
    small = found["small-seed5"]
    assert small["settings"] == {
        **found["compact-seed5"]["settings"],
        "batch_size": 8,
        "average_mirrored": False,
    }
    assert (found["compact-seed5"]["architecture"], small["architecture"]) == ("compact", "shared")
    assert small["seed"] == 5 and small["images"] == 8 and len(small["history"]) == 1
    assert small["examples"] == splits["eval"]
    assert small["cpu_seconds"] > 0 and small["processes"] == 1
    # As training measured it, over the transformed examples of the same split.
    (epoch,) = small["history"]
    for name in ("gender", "race"):
        served = small["metrics"][f"{name}_accuracy"]
        assert served == pytest.approx(epoch[f"val_{name}_output_accuracy"], abs=1e-6)
    assert small["metrics"]["age_mae"] == pytest.approx(epoch["val_age_output_mae"], rel=1e-3)

    made = {path: path.stat().st_mtime_ns for path in out.glob("trainings/*/*")}
    again = utkface(*command)
    assert again.returncode == 0
    assert "kept compact, seed 5" in again.stdout and "kept small, seed 5" in again.stdout
    assert "0 of 2 measured now, 0 failed" in again.stdout
    assert "epoch" not in again.stdout
    assert {path: path.stat().st_mtime_ns for path in out.glob("trainings/*/*")} == made

    # Another split is measured with the model that is there.
    tested = utkface(*command, "--split", "test")
    assert tested.returncode == 0
    assert "2 of 2 measured now" in tested.stdout and "epoch" not in tested.stdout
    assert results(out, "test")["small-seed5"]["examples"] == splits["test"]
    told = {split: json.loads((out / f"comparison-{split}.json").read_text()) for split in SPLITS}
    assert {split: document["split"] for split, document in told.items()} == SPLITS


def test_a_comparison_that_was_killed_goes_on_where_it_was(finished_run, utkface, tmp_path) -> None:
    out = tmp_path / "out"
    command = ["compare", "shared", "--root", finished_run.root, "--seeds", "1", "--output", out]
    command += ["--set", "trainer.epochs=3", "--set", "trainer.steps_per_epoch=30"]
    command += ["--set", "trainer.batch_size=8"]
    with subprocess.Popen(
        [str(Path(sys.executable).parent / "utkface"), *map(str, command)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        told = any("epoch 2/3" in line for line in process.stdout)
        os.killpg(process.pid, signal.SIGKILL)
    assert told and results(out) == {}

    ended = utkface(*command)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert re.search(
        r"^     continues after epoch [12] of an interrupted", ended.stdout, re.MULTILINE
    )
    assert "epoch 1/3" not in ended.stdout and "epoch 3/3" in ended.stdout
    found = results(out)["shared-seed1"]
    assert found["processes"] == 2 and len(found["history"]) == 3
    (notes,) = out.glob("trainings/*/spent.json")
    spent = json.loads(notes.read_text())
    assert spent["1"]["cpu_seconds"] < spent["2"]["cpu_seconds"] < found["cpu_seconds"]
