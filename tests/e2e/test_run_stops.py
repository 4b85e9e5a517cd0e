"""How `utkface run` ends if it pushes no model."""

import tarfile
from pathlib import Path

import pytest

from pipeline.settings.config import PipelineConfig
from pipeline.tools.sample import write_samples
from tests.lanes import only_in

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    only_in("legacy", "runs that end without a model are tested"),
]


def test_a_model_that_misses_a_threshold_is_not_pushed(faces, utkface, tmp_path):
    ended = utkface(
        *("run", "--data", faces, "--root", tmp_path, "--set", "trainer.epochs=1"),
        *("--set", "trainer.architecture=shared"),
        *("--set", "gate.train_cells={warn: 0, stop: 0}"),
        *("--set", "thresholds.max_age_mae=0.01", "--set", "thresholds.min_gender_accuracy=0"),
        *("--set", "thresholds.min_race_accuracy=0", "--set", "fairness.min_examples=1000000"),
    )
    assert ended.returncode == 3, ended.stderr
    assert "Not blessed, so not pushed:" in ended.stdout
    assert "all: age mean absolute error: expected at most 0.01; found " in ended.stdout
    assert "gender" not in ended.stdout.partition("Not blessed")[2].partition("statistics")[0]
    assert not (tmp_path / "serving").exists()
    kept = {path.name for path in (tmp_path / "history").iterdir()}
    assert kept == {"accepted_statistics", "measured_model"}


def test_the_gate_stops_a_run_whose_data_violates_the_schema(faces, utkface, tmp_path):
    curated = PipelineConfig(data="unused").schema_file
    text = Path(curated).read_text(encoding="utf-8").replace("min: 0 max: 116", "min: 0 max: 30")
    schema = tmp_path / "schema.pbtxt"
    schema.write_text(text)
    root = tmp_path / "root"
    ended = utkface(
        *("run", "--data", faces, "--root", root, "--set", f"schema_file={schema}"),
    )
    assert ended.returncode == 4, ended.stderr
    assert "Stopped by the data gate." in ended.stderr
    assert "train: age: Out-of-range values: Unexpectedly large value:" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (root / "artifacts" / "Transform").exists()
    assert not (root / "history").exists()


def test_a_damaged_archive_is_reported_with_its_path(faces, utkface, tmp_path):
    archive = tmp_path / "faces.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(faces, "faces")
    archive.write_bytes(archive.read_bytes()[:-2000])
    ended = utkface("run", "--data", archive, "--root", tmp_path / "root")
    assert ended.returncode == 2, ended.stderr
    assert ended.stderr.startswith(f"Error: {archive}: expected a whole tar archive;")
    assert "Fetch the archive again." in ended.stderr
    # Files written before the damage was detected are deleted.
    written = [path for path in (tmp_path / "root" / "artifacts").rglob("*") if path.is_file()]
    assert [path.name for path in written] == ["schema.pbtxt"]


def test_too_few_files_for_three_splits_are_refused(utkface, tmp_path):
    write_samples(tmp_path / "faces", count=2, seed=1)
    ended = utkface("run", "--data", tmp_path / "faces", "--root", tmp_path / "root")
    assert ended.returncode == 2, ended.stderr
    assert "Expected examples in each split; found none in" in ended.stderr
    assert "of 2 listed files 2 can be used" in ended.stderr
