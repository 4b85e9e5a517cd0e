"""The real data, where it is."""

import json

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.real, pytest.mark.slow]


def test_crop_part1_is_accounted_for_to_the_last_file(crop_part1, utkface, tmp_path):
    ended = utkface(
        *("run", "--data", crop_part1, "--root", tmp_path, "--set", "trainer.epochs=1"),
        *("--set", "thresholds.max_age_mae=1000", "--set", "thresholds.min_gender_accuracy=0"),
        *("--set", "thresholds.min_race_accuracy=0"),
    )
    assert ended.returncode == 0, ended.stderr
    assert "9,780 files: 9,778 accepted" in ended.stdout
    (quarantine,) = tmp_path.glob("artifacts/UtkFaceExampleGen/quarantine/*/quarantine.jsonl")
    rows = [json.loads(line) for line in quarantine.read_text().splitlines()]
    assert sorted((row["path"].rpartition("/")[2], row["reason"]) for row in rows) == [
        ("61_1_20170109142408075.jpg.chip.jpg", "name-grammar"),
        ("61_3_20170109150557335.jpg.chip.jpg", "name-grammar"),
    ]
    (report,) = tmp_path.glob("runs/*/reports/report.json")
    document = json.loads(report.read_text())
    assert document["note"] is None
    assert len(document["slices"]) == 1 + 5 + 2 + 10 + 9
