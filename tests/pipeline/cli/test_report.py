"""`utkface report` on the recorded figures of made-up models."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from components.fairness.document import Verdict, make_document
from components.fairness.judge.judgment import judge
from components.fairness.measure.bootstrap import measure
from components.fairness.settings import FairnessSettings
from pipeline.cli import main
from tests.components.fairness.drawn import DrawnPredictions, make_predictions
from tests.pipeline.recorded import Root

OUTPUTS = {"figures": {"missed": 0}, "pushed_model": {"pushed": 1}}


def document_of(outcomes: DrawnPredictions) -> dict:
    settings = FairnessSettings()
    measured = measure(outcomes, resamples=100)
    judgment = judge(measured, None, settings)
    verdict = Verdict(not judgment.missed, tuple(judgment.reasons))
    return make_document(outcomes, measured, judgment, verdict, settings)


FIGURES = document_of(make_predictions(200))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs: a fair model, and a model that misclassifies Black women as men."""
    made = Root(tmp_path_factory.mktemp("root"))
    fair = make_predictions(1500)
    wrong = (fair.race == 1) & (fair.gender == 1)
    unfair = fair.changed(female=np.where(wrong, 0.1, fair.female))
    for name, outcomes in {"20260101-1": fair, "20260102-2": unfair}.items():
        made.run(name, json.loads(json.dumps(OUTPUTS)))
        made.write(name, document_of(outcomes))
    return made.path


def report(root: Path, *options: object) -> Result:
    words = ["report", "--root", str(root), *map(str, options)]
    return CliRunner(env={"COLUMNS": "140"}).invoke(main, words)


def test_the_newest_run_is_shown_with_its_reasons_and_worst_slice(root: Path) -> None:
    told = report(root)
    assert told.exit_code == 0, told.output
    first, reason, *_ = told.output.splitlines()
    assert first == "run 20260102-2: not blessed; 1,500 images of the test split"
    assert reason.startswith("  Black, female: gender accuracy: expected ")
    rows = [line.split("   ") for line in told.output.splitlines() if "Gender: correct" in line]
    assert [row[1].strip() for row in rows][:2] == ["all", "Black, female"]
    assert f"figures {root}/artifacts/20260102-2/figures/figures.json" in told.output


@pytest.mark.parametrize(
    ("damage", "options"),
    [
        ({"verdict": None}, ()),
        ({"verdict": {"blessed": True}}, ()),
        ({"verdict": {"blessed": True}}, ("--html", "page.html")),
        ({"slices": []}, ()),
        ({"slices": [{"slice": "all", "by": [], "measures": {"age_mae": {}}}]}, ()),
        ({"slices": {"all": 1}}, ()),
        ({"examples": "many"}, ()),
    ],
)
def test_damaged_figures_are_named(
    damage: dict, options: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made = Root(tmp_path)
    for name, changes in {"20260101-1": {}, "20260102-2": damage}.items():
        made.run(name, json.loads(json.dumps(OUTPUTS)))
        made.write(name, {**FIGURES, **changes})
    told = report(made.path, *options)
    assert told.exit_code == 2, told.output
    assert isinstance(told.exception, SystemExit)
    path = f"{made.path}/artifacts/20260102-2/figures/figures.json"
    assert f"{path}: expected fairness figures, as a run writes it; found a damaged" in told.output


def test_check_sets_the_exit_code_from_the_verdict(root: Path) -> None:
    assert report(root, "--check").exit_code == 3
    assert report(root, "--check", "--run", "20260101-1").exit_code == 0


def test_compare_lists_the_values_that_are_worse(root: Path) -> None:
    told = report(root, "--compare", "20260101").output
    beside = told[told.index("Compared with 20260101-1: ") :]
    worse = [line.split() for line in beside.splitlines() if line.strip().startswith("worse")]
    assert worse[0][4:] == ["Black,", "female", worse[0][6], "0%"]
    assert "better." in beside and not any(
        line.strip().startswith("better") for line in beside.splitlines()
    )
    back = report(root, "--run", "20260101-1", "--compare", "20260102-2").output
    assert ": 0 values are clearly worse, " in back


def test_json_prints_the_document_and_html_writes_the_page(root: Path, tmp_path: Path) -> None:
    told = report(root, "--json", "--html", tmp_path / "page.html")
    written = (root / "artifacts" / "20260102-2" / "figures" / "figures.json").read_text()
    assert json.loads(told.output) == json.loads(written)
    page = (tmp_path / "page.html").read_text()
    assert "<strong>Stop.</strong> The model is not blessed" in page


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--run", "2027"], "starts with '2027'; found 0"),
        (["--compare", "2026"], "starts with '2026'; found 2"),
        (["--html", "/no/such/folder/page.html"], "--html /no/such/folder/page.html: No such file"),
    ],
)
def test_invalid_options_are_bad_usage(root: Path, options: list[str], message: str) -> None:
    ended = report(root, *options)
    assert ended.exit_code == 2 and message in ended.output
