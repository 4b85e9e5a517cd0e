"""Ingest with a manifest: every file and every row has an outcome."""

import json
import zipfile
from pathlib import Path

import pytest
import tensorflow as tf
from click.testing import CliRunner

from components.errors import InputError
from components.ingest.ledger.rows import LedgerRow
from components.ingest.plan import IngestPlan
from components.ingest.settings import IngestSettings
from components.ingest.steps import units
from pipeline.cli import main
from tests.components.ingest.running import run

BUCKETS = {"train": 70, "eval": 10, "test": 20}
ROWS = """\
file,age,gender,race
train/1.jpg,31,male,Black
train/2.jpg,20-29,Female,2
train/3.jpg,15-24,1,Asian
2.jpg,40,female,White
val/cut.jpg,50,male,Indian
twice.jpg,20,male,White
twice.jpg,20,male,White
val/odd.jpg,20,male,Martian
gone.jpg,20,male,White
copy.jpg,31,male,Black
other copy.jpg,32,male,Black
taken.jpg,20,male,White
corrected.jpg,999,male,White
"""


@pytest.fixture
def folder(faces: Path, tmp_path: Path) -> Path:
    pictures = [path.read_bytes() for path in sorted(faces.iterdir())[:12]]
    contents = {
        "train/1.jpg": pictures[0],
        "train/2.jpg": pictures[1],
        "train/3.jpg": pictures[2],
        "val/2.jpg": pictures[3],
        "val/cut.jpg": pictures[4][:-300],
        "twice.jpg": pictures[5],
        "val/odd.jpg": pictures[6],
        "no row.jpg": pictures[7],
        "copy.jpg": pictures[8],
        "other copy.jpg": pictures[8],
        "taken.jpg": pictures[9],
        "corrected.jpg": pictures[10],
        "labels.csv": ROWS.encode(),
    }
    for name, content in contents.items():
        (tmp_path / "data" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "data" / name).write_bytes(content)
    return tmp_path / "data"


def plan_of(folder: Path, manifest: str) -> IngestPlan:
    (folder / "corrections.csv").write_text(
        "file_name,age,gender,race,reason\ncorrected.jpg,39,1,0,two sources\n"
    )
    (folder / "takedowns.txt").write_text("taken.jpg\n")
    settings = IngestSettings(
        max_bad_fraction=1,
        labels={"manifest": manifest, "tasks": {"age": {"ranges": "keep"}}},
        corrections_file=str(folder / "corrections.csv"),
        takedowns_file=str(folder / "takedowns.txt"),
    )
    return IngestPlan.from_json(IngestPlan.of(settings, BUCKETS).to_json())


EXPECTED = {
    "train/1.jpg": ("accepted", "", {"age": 31, "gender": 0, "race": 1}),
    "train/2.jpg": ("accepted", "", {"gender": 1, "race": 2}),
    "train/3.jpg": ("accepted", "", {"gender": 1, "race": 2}),
    "val/2.jpg": ("accepted", "", {"age": 40, "gender": 1, "race": 0}),
    "val/cut.jpg": ("quarantined", "truncated", None),
    "twice.jpg": ("quarantined", "several-rows", None),
    "val/odd.jpg": ("quarantined", "label-unknown", None),
    "no row.jpg": ("quarantined", "file-without-row", None),
    "copy.jpg": ("quarantined", "label-conflict", {"age": 31, "gender": 0, "race": 1}),
    "other copy.jpg": ("quarantined", "label-conflict", {"age": 32, "gender": 0, "race": 1}),
    "taken.jpg": ("quarantined", "takedown", None),
    "corrected.jpg": ("repaired", "label-out-of-range", {"age": 39, "gender": 1, "race": 0}),
    "gone.jpg": ("quarantined", "row-without-file", None),
}


def outcomes(rows: list[LedgerRow]) -> dict:
    assert len({row.name for row in rows}) == len(rows)
    return {row.name: (row.status, row.reason, row.labels) for row in rows}


@pytest.mark.parametrize("together", [512, 2])
def test_every_file_and_every_row_has_an_outcome(
    folder: Path, tmp_path: Path, together: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(units, "FILES", together)
    plan = plan_of(tmp_path, str(folder / "labels.csv"))
    summary, rows = run(plan, folder, tmp_path / "out", records=True)
    assert outcomes(rows) == EXPECTED
    assert (summary.listed, summary.ignored, summary.used) == (13, 1, 5)
    ages = {"20-29": 1, "30-39": 2, "40-49": 1}
    assert {band: n for band, n in summary.distributions["age_band"].items() if n} == ages
    by_name = {row.name: row for row in rows}
    gone = by_name["gone.jpg"]
    assert gone.source == str(folder / "labels.csv")
    assert gone.detail == f"{folder}/labels.csv, line 10: expected a file 'gone.jpg'; found none"
    assert by_name["train/3.jpg"].ranges == {"age": (15, 24)}


def test_a_record_has_the_range_instead_of_an_exact_age(folder: Path, tmp_path: Path) -> None:
    run(plan_of(tmp_path, str(folder / "labels.csv")), folder, tmp_path / "out", records=True)
    files = [str(path) for path in (tmp_path / "out").rglob("data_tfrecord*")]
    found = {}
    for record in tf.data.TFRecordDataset(files, "GZIP").as_numpy_iterator():
        feature = tf.train.Example.FromString(record).features.feature
        ages = {
            key: list(getattr(values, values.WhichOneof("kind")).value)
            for key, values in feature.items()
            if key.startswith("age")
        }
        (name,) = feature["file_name"].bytes_list.value
        (race,) = feature["race"].int64_list.value
        found[name, race] = ages
    assert found[b"2.jpg", 2] == {
        "age_least": [20],
        "age_greatest": [29],
        "age_band": [b"20-29"],
    }
    # This range covers two age bands.
    assert found[b"3.jpg", 2] == {"age_least": [15], "age_greatest": [24]}
    assert found[b"1.jpg", 1] == {"age": [31], "age_band": [b"30-39"]}


def test_a_manifest_in_the_archive_gives_the_same_outcomes(folder: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "f.zip", "w") as archive:
        for path in sorted(folder.rglob("*.*")):
            archive.write(path, str(path.relative_to(folder)))
    plan = plan_of(tmp_path, f"{tmp_path}/f.zip!/labels.csv")
    summary, rows = run(plan, tmp_path / "f.zip", tmp_path / "out")
    assert outcomes(rows) == EXPECTED
    assert (summary.listed, summary.ignored) == (13, 1)


def test_an_unreadable_line_of_the_manifest_stops_the_ingest(folder: Path, tmp_path: Path) -> None:
    plan = plan_of(tmp_path, str(folder / "labels.csv"))
    with (folder / "labels.csv").open("ab") as file:
        file.write(b"\xff.jpg,1,1,1\n")
    with pytest.raises(InputError, match=r"labels\.csv: expected a whole table, CSV in UTF-8"):
        run(plan, folder, tmp_path / "out")


def test_inspect_reports_rows_without_files_and_files_without_rows(
    folder: Path, tmp_path: Path
) -> None:
    arguments = ["inspect", str(folder), "--json", "--html", str(tmp_path / "page.html")]
    manifest = f"ingest.labels.manifest={folder}/labels.csv"
    found = CliRunner().invoke(main, [*arguments, "--set", manifest])
    assert found.exit_code == 2, found.output
    reasons = json.loads(found.output)["summary"]["by_reason"]
    assert reasons["label-is-a-range"] == 2 and reasons["row-without-file"] == 1
    page = (tmp_path / "page.html").read_text()
    assert "file-without-row" in page and "Labels: <span" in page


def test_inspect_counts_the_files_whose_age_is_a_range(folder: Path, tmp_path: Path) -> None:
    arguments = ["inspect", str(folder), "--html", str(tmp_path / "page.html")]
    for setting in (f"manifest={folder}/labels.csv", "tasks={age: {ranges: keep}}"):
        arguments += ["--set", f"ingest.labels.{setting}"]
    found = CliRunner().invoke(main, arguments)
    assert "known only as a range: age of 2 files\n" in found.output
    assert f"labels: {folder}/labels.csv\n" in found.output
    page = (tmp_path / "page.html").read_text()
    assert "The age is known only as a range in 2 of the used files." in page
