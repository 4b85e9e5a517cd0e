"""The gate checks and draws newly declared tasks without further code."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.lanes import only_in

ROOT = Path(__file__).parents[3]
pytestmark = [pytest.mark.slow, only_in("legacy", "the gate on more tasks is tested")]


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Output of the gate for more dark glasses and longer beards than in the data accepted last."""
    command = [sys.executable, "-m", "tests.components.data_gate.planted"]
    ended = subprocess.run(
        [*command, tmp_path_factory.mktemp("planted")], cwd=ROOT, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr
    document: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return document


@pytest.fixture(scope="module")
def page(planted: dict[str, Any]) -> str:
    return Path(planted["report"], "findings.html").read_text(encoding="utf-8")


def about(planted: dict[str, Any], check: str, feature: str) -> list[dict[str, Any]]:
    return [
        one for one in planted["findings"] if (one["check"], one["feature"]) == (check, feature)
    ]


def test_limits_of_a_new_task_are_the_defaults_of_its_kind(planted: dict[str, Any]) -> None:
    drift, skew = planted["settings"]["drift"], planted["settings"]["skew"]
    assert drift["glasses"] == skew["glasses"] == {"warn": 0.08, "stop": 0.15}
    assert drift["beard"] == {"warn": 0.05, "stop": 0.1} and "beard" not in skew
    assert list(skew) == ["glasses", "race", "gender", "age_band"]


def test_drift_and_skew_of_a_new_task_stop_the_run(planted: dict[str, Any]) -> None:
    now, before = planted["shares"]
    (drift,) = about(planted, "drift", "glasses")
    assert (drift["where"], drift["slice"], drift["level"]) == ("train", "", "stop")
    assert drift["found"] == pytest.approx(
        max(abs(a - b) for a, b in zip(now, before, strict=True))
    )
    assert drift["limit"] == 0.15
    assert [one["level"] for one in about(planted, "drift", "beard")] == ["stop"]
    assert [one["where"] for one in about(planted, "skew", "glasses")] == ["eval", "test"]


def test_classes_of_a_new_task_are_groups(planted: dict[str, Any]) -> None:
    assert planted["slices"] == [["glasses"], ["race"], ["gender"], ["race", "gender"]]
    darker = {one["slice"] for one in about(planted, "slices", "brightness")}
    assert "glasses dark" in darker and not darker & {"glasses none", "glasses clear"}


def test_a_new_task_is_drawn(planted: dict[str, Any], page: str) -> None:
    (dark, dark_before) = (shares[2] for shares in planted["shares"])
    assert "<figcaption>Glasses: has drifted</figcaption>" in page
    assert 'aria-label="Shares of the train split by glasses. none: ' in page
    assert f"dark: {dark:.1%}, before {dark_before:.1%}, drifted." in page
    assert "<figcaption>Beard: has drifted</figcaption>" in page
    assert ">beard in millimetres</text>" in page
    assert "<figcaption>Glasses of the eval split: differs from train</figcaption>" in page
