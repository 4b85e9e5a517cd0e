"""What a root that was moved, copied or damaged since its run still answers."""

import json
import shutil
from pathlib import Path

import pytest

from tests.lanes import only_in

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    only_in("legacy", "a root that was moved is tested"),
]


@pytest.fixture
def copy(finished_run, tmp_path) -> Path:
    """The root of the finished run, elsewhere."""
    shutil.copytree(finished_run.root, tmp_path / "moved", symlinks=True)
    return tmp_path / "moved"


def test_a_copied_root_answers_from_its_own_files(finished_run, copy, utkface):
    newest = finished_run.one("artifacts/FairnessReport/figures/*/figures.json")
    figures = copy / newest.relative_to(finished_run.root)
    document = json.loads(figures.read_text())
    document["slices"][0]["measures"]["age_mae"]["value"] = 12.5
    figures.write_text(json.dumps(document))

    ended = utkface("report", "--root", copy)
    assert ended.returncode == 0, ended.stderr
    assert f"figures {figures}" in ended.stdout
    run, *_ = json.loads(utkface("runs", "--root", copy, "--json").stdout)
    assert (run["metrics"]["age_mae"], run["figures"]) == (12.5, str(figures))
    original, *_ = json.loads(utkface("runs", "--root", finished_run.root, "--json").stdout)
    assert original["metrics"]["age_mae"] != 12.5
    assert original["figures"].startswith(f"{finished_run.root}/artifacts/")
    picture = next((finished_run.data / "part1").iterdir())
    ended = utkface("predict", picture, "--root", copy)
    assert ended.returncode == 0 and f"model {copy}/serving/" in ended.stdout, ended.stderr


def test_a_damaged_model_in_the_history_is_named_before_anything_is_trained(
    finished_run, copy, utkface
):
    entries = "history/blessed_model/*/files/*/variables/*.data-00000-of-00001"
    variables = max(copy.glob(entries))
    variables.write_bytes(variables.read_bytes()[:-1000])
    entry = variables.parents[3]
    models = len(list(copy.glob("artifacts/Trainer/model/*")))

    ended = utkface(
        *("run", "--data", finished_run.data, "--root", copy, "--config", finished_run.config)
    )
    assert ended.returncode == 2, ended.stderr
    assert "Traceback" not in ended.stderr
    told = " ".join(ended.stderr.split())
    assert f"{entry}: expected a history entry" in told
    assert f"found a damaged entry: {variables} has the SHA-256 " in told
    assert "Delete this folder; the entry before it is then used." in told
    assert len(list(copy.glob("artifacts/Trainer/model/*"))) == models
