"""Every file has one outcome, duplicates are resolved, and no file is lost."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from components.errors import InputError
from components.ingest.ledger.duplicates import Duplicates
from components.ingest.ledger.findings import Findings
from components.ingest.ledger.summary import IngestSummary
from components.ingest.plan import IngestPlan
from components.ingest.settings import IngestSettings
from tests.components.ingest.running import run

BUCKETS = {"train": 70, "eval": 10, "test": 20}
STAMP = "20170109142408{:03d}.jpg.chip.jpg"


@pytest.fixture
def pictures(faces: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(faces.iterdir())[:6]]


@pytest.fixture
def folder(tmp_path: Path, pictures: list[bytes]) -> Path:
    """Twelve files with all kinds of outcomes, and two side files of an operating system."""
    contents = {
        # One image, three files, one label: one file is kept.
        "20_0_0_" + STAMP.format(0): pictures[0],
        "20_0_0_" + STAMP.format(1): pictures[0],
        "20_0_0_" + STAMP.format(2): pictures[0],
        # One image, two files, two labels: no file is kept.
        "30_1_1_" + STAMP.format(3): pictures[1],
        "34_1_1_" + STAMP.format(4): pictures[1],
        "40_0_2_" + STAMP.format(5): pictures[2],
        "41_0_3_" + STAMP.format(6): pictures[3],
        # A corrected file, a takedown, and invalid files.
        "39_1_" + STAMP.format(7): pictures[4],
        "50_1_4_" + STAMP.format(8): pictures[5],
        "117_0_0_" + STAMP.format(9): pictures[5],
        "60_0_0_" + STAMP.format(10): b"",
        "61_0_0_" + STAMP.format(11): pictures[2][:-200],
        ".DS_Store": b"x",
        "__MACOSX/._a.jpg": b"x",
    }
    for name, content in contents.items():
        path = tmp_path / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "data"


@pytest.fixture
def plan(tmp_path: Path) -> IngestPlan:
    (tmp_path / "corrections.csv").write_text(
        f"file_name,age,gender,race,reason\n39_1_{STAMP.format(7)},39,1,0,two sources\n"
    )
    (tmp_path / "takedowns.txt").write_text(f"50_1_4_{STAMP.format(8)}\n")
    settings = IngestSettings(
        corrections_file=str(tmp_path / "corrections.csv"),
        takedowns_file=str(tmp_path / "takedowns.txt"),
    )
    # Serialized, as for the component.
    return IngestPlan.from_json(IngestPlan.of(settings, BUCKETS).to_json())


def test_every_file_has_one_outcome(plan, folder, tmp_path):
    summary, found = run(plan, folder, tmp_path / "t")
    rows = {row.name: row for row in found}
    outcomes = {name.split("_2017")[0] + name[-16:-13]: row for name, row in rows.items()}
    assert {key: (row.status, row.reason) for key, row in outcomes.items()} == {
        "20_0_0000": ("accepted", ""),
        "20_0_0001": ("quarantined", "duplicate"),
        "20_0_0002": ("quarantined", "duplicate"),
        "30_1_1003": ("quarantined", "label-conflict"),
        "34_1_1004": ("quarantined", "label-conflict"),
        "40_0_2005": ("accepted", ""),
        "41_0_3006": ("accepted", ""),
        "39_1007": ("repaired", "label-missing"),
        "50_1_4008": ("quarantined", "takedown"),
        "117_0_0009": ("quarantined", "label-out-of-range"),
        "60_0_0010": ("quarantined", "empty-file"),
        "61_0_0011": ("quarantined", "truncated"),
    }
    assert (summary.listed, summary.ignored) == (12, 2)
    assert (summary.accepted, summary.repaired, summary.quarantined) == (3, 1, 8)
    assert summary.by_reason == {
        "duplicate": 2,
        "label-conflict": 2,
        "empty-file": 1,
        "label-missing": 1,
        "label-out-of-range": 1,
        "takedown": 1,
        "truncated": 1,
    }
    assert summary.distributions["gender"] == {"male": 3, "female": 1}
    assert summary.duplicates == Duplicates(
        exact_groups=2,
        exact_files=5,
        conflicting_groups=1,
        conflicting_files=2,
        mean_differences={"age": 4.0},
        near_groups=0,
        near_files=0,
    )


def test_a_ledger_row_has_size_format_digest_and_split(plan, folder, tmp_path):
    run(plan, folder, tmp_path / "t")
    rows = [json.loads(line) for line in (tmp_path / "t/ledger.jsonl").read_text().splitlines()]
    row = next(row for row in rows if row["name"].startswith("40_0_2"))
    content = (folder / row["name"]).read_bytes()
    with Image.open(folder / row["name"]) as image:
        assert (row["width"], row["height"]) == image.size
    assert (row["size"], row["declared_format"], row["detected_format"]) == (
        len(content),
        "JPEG",
        "JPEG",
    )
    assert len(row["sha256"]) == 64
    assert row["split"] in BUCKETS
    conflict = next(row for row in rows if row["reason"] == "label-conflict")
    assert "found 2 in files with the same bytes, such as '30_1_1_" in conflict["detail"]
    assert conflict["split"] == ""


def test_kept_duplicates_are_in_one_split(plan, folder, tmp_path):
    kept = replace(plan, settings=plan.settings.model_copy(update={"duplicates": "keep"}))
    summary, rows = run(kept, folder, tmp_path / "t")
    assert (summary.accepted, summary.quarantined) == (7, 4)
    assert summary.duplicates.conflicting_groups == 1
    splits: dict[str, set[str]] = {}
    for row in rows:
        if row.used:
            splits.setdefault(row.sha256, set()).add(row.split)
    assert all(len(names) == 1 for names in splits.values())


def test_too_many_bad_files_stop_the_ingest_with_the_counts(plan, folder, tmp_path):
    summary, _ = run(plan, folder, tmp_path / "t")
    summary.check(max_bad_fraction=0.7)
    with pytest.raises(InputError) as caught:
        summary.check(max_bad_fraction=0.4)
    message = str(caught.value)
    assert message.startswith(
        "Expected at most 40.0% of the files to be quarantined, duplicates not counted; of 12 "
    )
    assert "duplicate 2, label-conflict 2, empty-file 1" in message
    assert f". The first is '117_0_0_{STAMP.format(9)}': label-out-of-range, expected" in message


def test_duplicates_with_equal_labels_do_not_count_as_bad(plan, folder, tmp_path):
    summary, _ = run(plan, folder, tmp_path / "t")
    # Eight of twelve files are quarantined, two of them as duplicates.
    summary.check(max_bad_fraction=6 / 12)
    with pytest.raises(InputError, match=r"ingest\.max_bad_fraction"):
        summary.check(max_bad_fraction=6 / 12 - 0.01)


def test_an_ingest_without_usable_files_is_reported(plan, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.txt").write_text("x")
    summary, _ = run(plan, tmp_path / "data", tmp_path / "t")
    assert list(summary.by_reason) == ["name-grammar"]
    with pytest.raises(InputError) as caught:
        summary.check(max_bad_fraction=1)
    assert str(caught.value) == (
        "Expected files named [age]_[gender]_[race]_[yyyymmddHHMMSSFFF].jpg.chip.jpg, in a folder "
        "or in a .zip, .tar, .tar.gz, .tar.bz2, .tar.xz or .tar.zst archive; of 1 listed files 0 "
        "can be used and 1 are quarantined: name-grammar 1. The first is 'a.txt': name-grammar, "
        "expected a name like [age]_[gender]_[race]_[yyyymmddHHMMSSFFF].jpg.chip.jpg; found "
        "'a.txt'."
    )


def test_a_summary_round_trips_through_json(plan, folder, tmp_path):
    summary, _ = run(plan, folder, tmp_path / "t")
    assert IngestSummary.from_dict(json.loads(json.dumps(summary.to_dict()))) == summary


def test_a_lost_file_raises_an_error() -> None:
    findings = Findings(counts=Counter(listed=12, accepted=3, repaired=1, quarantined=7))
    with pytest.raises(RuntimeError, match=r"to be the 12 listed files; found 3 \+ 1 \+ 7"):
        IngestSummary.of(findings)
    findings.counts["quarantined"] += 1
    with pytest.raises(RuntimeError, match="Expected 4 examples; 0 were written"):
        IngestSummary.of(findings, ["train"])
