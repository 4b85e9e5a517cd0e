"""What the guides in docs/ say is done to a copy of the project, and a whole run follows."""

import json
import re
from pathlib import Path

import pytest
import yaml

from tests.guides import apply_guide
from tests.lanes import only_in
from tests.planted import PlantedTree, copy_project

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    only_in("current", "a task and a measure that are added are tested"),
]
COUNT = 220
WORDS = ("none", "clear", "dark")
_NOTHING = {"worst": None, "gap": None}
# Of the fairness only the bound of the new measure can be missed.
SETTINGS = {
    "trainer": {"architecture": "shared", "epochs": 2},
    "gate": {"train_cells": {"warn": 0, "stop": 0}, "largest_share": {"stop": 1}},
    "thresholds": {"max_age_mae": 99, "min_gender_accuracy": 0, "min_race_accuracy": 0},
    "fairness": {
        "min_examples": 5,
        "groups": {
            "age_far": {"worst": 0.01},
            **dict.fromkeys(("age_mae", "gender_accuracy"), _NOTHING),
        },
        "age_bands": dict.fromkeys(("age_mae", "race_accuracy"), _NOTHING),
    },
}


class Run:
    """A finished run of the copy."""

    def __init__(self, tree: PlantedTree, root: Path, told: str):
        self.tree, self.root, self.told = tree, root, told

    def one(self, pattern: str) -> Path:
        (found,) = self.root.glob(pattern)
        return found

    def figures(self) -> dict:
        return json.loads(self.one("artifacts/FairnessReport/figures/*/figures.json").read_text())


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """With both guides applied: drawn faces, and a run that bounds the new measure."""
    tree = copy_project(tmp_path_factory.mktemp("guides") / "project")
    changed = apply_guide("adding-a-task.md", tree.folder)
    assert len(changed) <= 4
    assert apply_guide("adding-a-measure.md", tree.folder) == {"trainer/measures/registry.py"}
    data, root = tree.folder / "drawn", tree.folder / "root"
    settings = tree.folder / "settings.yaml"
    settings.write_text(yaml.safe_dump(SETTINGS))
    tree.utkface("sample", data, "--count", COUNT, "--seed", 5)
    told = tree.utkface(
        *("run", "--data", data, "--root", root, "--config", settings),
        *("--accept-unfairness", "to publish it"),
    )
    return Run(tree, root, told)


def test_the_task_is_ingested_plotted_and_gated(run: Run) -> None:
    summary = json.loads(run.one("artifacts/UtkFaceExampleGen/ledger/*/summary.json").read_text())
    assert summary["listed"] == summary["accepted"] == COUNT
    assert sum(summary["distributions"]["glasses"].values()) == COUNT
    assert run.one("runs/*/reports/glasses.svg").read_text().count("<!-- clear -->")
    report = json.loads(run.one("artifacts/DataGate/report/*/findings.json").read_text())
    assert report["verdict"] in ("pass", "warn")
    page = run.one("artifacts/DataGate/report/*/findings.html").read_text()
    assert "glasses" in page


def test_the_task_is_trained_and_measured(run: Run) -> None:
    history = json.loads(run.one("artifacts/Trainer/model_run/*/history.json").read_text())
    assert "glasses_output_accuracy" in history["epochs"][0]
    assert history["hyperparameters"]["glasses_loss_weight"] == 1.0
    overall, *slices = run.figures()["slices"]
    found = overall["measures"]["glasses_accuracy"]
    assert 0 <= found["low"] < found["value"] < found["high"] <= 1
    assert sum(map(sum, overall["glasses_confusion"])) == overall["examples"]
    by_glasses = {row["slice"]: row["examples"] for row in slices if row["by"] == ["glasses"]}
    assert set(by_glasses) == set(WORDS) and sum(by_glasses.values()) == overall["examples"]


def test_the_measure_is_on_the_page_with_its_interval_and_is_bounded(run: Run) -> None:
    figures = run.figures()
    found = figures["slices"][0]["measures"]["age_far"]
    assert 0 < found["low"] < found["value"] <= found["high"] <= 1
    page = run.one("artifacts/FairnessReport/figures/*/fairness.html").read_text()
    value, interval = re.search(
        r'<dt>Age: far off</dt><dd class="big">(.*?)</dd><dd class="soft">(.*?)</dd>', page
    ).groups()
    assert value == f"{found['value']:.0%}"
    assert interval == f"{found['low']:.0%} to {found['high']:.0%}"
    missed = {(one["measure"], one["kind"], one["bound"]) for one in figures["missed"]}
    assert missed == {("age_far", "worst", 0.01)}
    assert figures["verdict"]["findings"][0]["measure"] == "age_far"
    assert "age share beyond 10 years: expected at most 0.01; found" in run.told
    assert set(figures["trend"][0]["measures"]) >= {"age_far", "glasses_accuracy"}


def test_the_card_tells_of_both(run: Run) -> None:
    card = run.one("runs/*/reports/model_card.md").read_text()
    assert "the probabilities of none, clear and dark" in card
    assert "Age: far off" in card and "Glasses: correct predictions" in card


def test_pictures_are_predicted_and_the_model_is_exported(run: Run) -> None:
    pictures = sorted((run.tree.folder / "drawn").iterdir())[:3]
    told = run.tree.utkface("predict", *pictures, "--root", run.root, "--json")
    for row in json.loads(told):
        assert row["glasses"] in WORDS
        assert sum(row["glasses_probabilities"].values()) == pytest.approx(1, abs=1e-3)
    file = run.root / "model.tflite"
    told = run.tree.utkface("export", "--root", run.root, "--format", "tflite", "--output", file)
    assert "glasses_output" in told and file.stat().st_size > 10_000
