"""A run on the real data, if it is present."""

import json
import resource

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.real, pytest.mark.slow]


def test_every_file_of_crop_part1_is_accounted_for(crop_part1, utkface, tmp_path):
    ended = utkface(
        *("run", "--data", crop_part1, "--root", tmp_path, "--set", "trainer.epochs=1"),
        *("--set", "trainer.steps_per_epoch=40"),
        *("--set", "thresholds.max_age_mae=1000", "--set", "thresholds.min_gender_accuracy=0"),
        *("--set", "thresholds.min_race_accuracy=0", "--set", "fairness.min_examples=1000000"),
    )
    assert ended.returncode == 0, ended.stderr
    # In kB. Memory does not grow with the epochs.
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 4 << 20
    assert "9,780 files: 9,596 accepted, 2 repaired, 182 quarantined" in ended.stdout
    (folder,) = tmp_path.glob("artifacts/UtkFaceExampleGen/ledger/*")
    rows = [json.loads(line) for line in (folder / "ledger.jsonl").read_text().splitlines()]
    assert sorted(
        row["name"].rpartition("/")[2] for row in rows if row["status"] == "repaired"
    ) == [
        "61_1_20170109142408075.jpg.chip.jpg",
        "61_3_20170109150557335.jpg.chip.jpg",
    ]
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["by_reason"] == {"label-conflict": 160, "duplicate": 22, "label-missing": 2}
    assert summary["listed"] == len(rows) == 9780
    duplicates = summary["duplicates"]
    assert [duplicates[key] for key in ("exact_files", "exact_groups", "conflicting_groups")] == [
        204,
        99,
        77,
    ]
    (report,) = tmp_path.glob("runs/*/reports/report.json")
    document = json.loads(report.read_text())
    assert document["note"] is None
    assert len(document["slices"]) == 1 + 5 + 2 + 10 + 9
