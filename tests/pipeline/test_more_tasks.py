"""A declared task is trained, predicted and exported, whatever its kind."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lanes import only_in

ROOT = Path(__file__).parents[2]
NAMES = ("age", "gender", "race", "glasses", "hat", "height")
WIDTHS = dict(zip([f"{name}_output" for name in NAMES], (117, 1, 5, 3, 1, 161), strict=True))

pytestmark = [pytest.mark.slow, only_in("legacy", "more tasks are trained and exported")]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict:
    folder = tmp_path_factory.mktemp("more")
    ended = subprocess.run(
        [sys.executable, str(Path(__file__).parent / "more_tasks.py"), str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    return json.loads((folder / "found.json").read_text())


def test_a_task_has_its_own_settings(found) -> None:
    assert found["settings"] == {
        "height_loss": "label_distribution",
        "glasses_loss_weight": 1.0,
        "hat_loss_weight": 1.0,
        "height_loss_weight": None,
    }


def test_a_task_has_a_head_in_every_architecture(found) -> None:
    assert set(found["widths"]) == {"compact", "pretrained", "seed", "shared"}
    for widths in found["widths"].values():
        assert widths == WIDTHS


def test_a_task_is_measured_and_plotted(found) -> None:
    expected = {"val_glasses_output_accuracy", "val_hat_output_accuracy", "val_height_output_mae"}
    assert expected < set(found["measured"])
    assert found["curves"] > 10_000


def test_a_task_is_predicted_within_its_range(found) -> None:
    (row,) = json.loads(found["predict --json"])
    assert list(row) == [
        *("image", *NAMES),
        *(f"{name}_probabilities" for name in NAMES if name not in ("age", "height")),
        "error",
    ]
    assert 50 <= row["height"] <= 210 and isinstance(row["height"], int)
    assert row["glasses"] in ("none", "clear", "dark") and row["hat"] in ("none", "hat")
    assert sum(row["hat_probabilities"].values()) == pytest.approx(1)


def test_classes_with_equal_names_have_their_own_columns(found) -> None:
    (row,) = csv.DictReader(io.StringIO(found["predict --csv"]))
    assert list(row) == [
        *("image", *NAMES, "male", "female", "White", "Black", "Asian", "Indian", "Others"),
        *("glasses_none", "clear", "dark", "hat_none", "hat_hat", "error"),
    ]
    header, _, line, *_ = [line for line in found["predict"].splitlines() if line.strip()]
    assert header.split() == [*NAMES, "image"]
    assert line.rstrip().endswith("face.png")
    assert "Predict age, gender, race, glasses, hat and height for each IMAGE" in found["help"]


def test_a_task_is_exported(found) -> None:
    assert found["exported"].keys() == WIDTHS.keys()
