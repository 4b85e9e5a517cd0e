"""Corrections and takedowns match a file by name or path, and never two different images."""

import json
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from components.ingest.labels.curated_entries import EntryIndex
from pipeline.cli import main

HEADER = "file_name,age,gender,race,reason\n"
STAMPED = "39_1_20170116174525125.jpg"


@pytest.mark.parametrize(
    ("path", "entry"),
    [
        ("1.jpg", "1.jpg"),
        ("/data/1.jpg", "1.jpg"),
        ("/data/val/1.jpg", "1.jpg"),
        ("/data/train/1.jpg", "train/1.jpg"),
        ("train/1.jpg", "train/1.jpg"),
        ("/data/f.zip!train/1.jpg", "train/1.jpg"),
        ("/data/f.zip!b/train/1.jpg", "b/train/1.jpg"),
        ("s3://bucket/a/b/train/1.jpg", "b/train/1.jpg"),
        ("/data/constrain/1.jpg", "1.jpg"),
        ("/data/f.zip!2.jpg", "f.zip!2.jpg"),
        ("/data/f.zip!x/2.jpg", None),
        ("/data/11.jpg", None),
        ("/data/1.jpg/x", None),
        ("", None),
    ],
)
def test_the_most_specific_entry_matches_a_file(path: str, entry: str | None) -> None:
    index = EntryIndex(["1.jpg", "train/1.jpg", "b/train/1.jpg", "f.zip!2.jpg"])
    assert index.find(path) == entry


@pytest.fixture
def folder(faces: Path, tmp_path: Path) -> Path:
    """Files as in FairFace: `train/1.jpg` and `val/1.jpg` are different images."""
    first, second = (path.read_bytes() for path in sorted(faces.iterdir())[:2])
    for name, content in (
        ("train/1.jpg", first),
        ("val/1.jpg", second),
        (f"train/{STAMPED}", first),
        (f"val/{STAMPED}", second),
    ):
        path = tmp_path / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "data"


def look(data: object, *, corrections: str = "", takedowns: str = "", tmp_path: Path):
    (tmp_path / "c.csv").write_text(HEADER + corrections)
    (tmp_path / "t.txt").write_text(takedowns)
    ledger = tmp_path / "ledger.jsonl"
    settings = {"corrections_file": "c.csv", "takedowns_file": "t.txt"}
    paths = data if isinstance(data, list) else [data]
    arguments = ["inspect", *map(str, paths), "--ledger", str(ledger)]
    arguments += ["--set", "ingest.duplicates=keep"]
    for key, name in settings.items():
        arguments += ["--set", f"ingest.{key}={tmp_path / name}"]
    result = CliRunner().invoke(main, arguments)
    rows = []
    if ledger.exists():
        rows = [json.loads(line) for line in ledger.read_text().splitlines()]
    return " ".join(result.output.split()), {row["name"]: row["reason"] for row in rows}


@pytest.mark.parametrize("packed", [False, True])
def test_a_correction_by_path_matches_one_of_two_files_with_a_name(
    folder: Path, tmp_path: Path, packed: bool
) -> None:
    data = folder
    if packed:
        data = tmp_path / "f.zip"
        with zipfile.ZipFile(data, "w") as archive:
            for path in sorted(folder.rglob("*.jpg")):
                archive.write(path, str(path.relative_to(folder)))
    _, reasons = look(data, corrections="train/1.jpg,55,0,2,seen\n", tmp_path=tmp_path)
    assert reasons["train/1.jpg"] == "name-grammar"
    rows = [json.loads(line) for line in (tmp_path / "ledger.jsonl").read_text().splitlines()]
    statuses = {row["name"]: row["status"] for row in rows}
    assert statuses["train/1.jpg"] == "repaired"
    assert statuses["val/1.jpg"] == "quarantined"


def test_a_takedown_by_path_matches_one_of_two_files_with_a_name(
    folder: Path, tmp_path: Path
) -> None:
    _, reasons = look(folder, takedowns="val/1.jpg\n", tmp_path=tmp_path)
    assert reasons["val/1.jpg"] == "takedown"
    assert reasons["train/1.jpg"] == "name-grammar"


@pytest.mark.parametrize("listed", ["corrections", "takedowns"])
def test_an_entry_that_matches_two_images_is_rejected(
    folder: Path, tmp_path: Path, listed: str
) -> None:
    entry = {"corrections": "1.jpg,55,0,2,seen\n", "takedowns": "1.jpg\n"}[listed]
    told, reasons = look(folder, **{listed: entry}, tmp_path=tmp_path)
    file = {"corrections": "c.csv", "takedowns": "t.txt"}[listed]
    assert (
        f"{tmp_path}/{file}: expected '1.jpg' to name one image; found 'train/1.jpg' and "
        "'val/1.jpg', which differ. Write enough of the path to distinguish them"
    ) in told
    assert reasons == {}


def test_files_with_one_path_in_two_sources_are_distinguished(folder: Path, tmp_path: Path) -> None:
    data = [folder / "train", folder / "val"]
    told, _ = look(data, takedowns="1.jpg\n", tmp_path=tmp_path)
    assert f"found '{folder}/train/1.jpg' and '{folder}/val/1.jpg', which differ" in told
    look(data, takedowns="val/1.jpg\n", tmp_path=tmp_path)
    rows = [json.loads(line) for line in (tmp_path / "ledger.jsonl").read_text().splitlines()]
    taken = [row["source"] for row in rows if row["reason"] == "takedown"]
    assert taken == [f"{folder}/val"]


def test_an_entry_may_match_copies_or_a_name_with_a_time_stamp(
    folder: Path, tmp_path: Path
) -> None:
    (folder / "val" / "1.jpg").write_bytes((folder / "train" / "1.jpg").read_bytes())
    corrections = f"1.jpg,55,0,2,seen\n{STAMPED},39,1,1,seen\n"
    told, reasons = look(folder, corrections=corrections, tmp_path=tmp_path)
    assert told.startswith("4 files: 0 accepted, 4 repaired, 0 quarantined; ")
    assert reasons == {
        "train/1.jpg": "name-grammar",
        "val/1.jpg": "name-grammar",
        f"train/{STAMPED}": "label-missing",
        f"val/{STAMPED}": "label-missing",
    }


def test_a_path_takes_precedence_over_a_name(folder: Path, tmp_path: Path) -> None:
    corrections = "1.jpg,55,0,2,seen\ntrain/1.jpg,20,1,1,seen\n"
    told, reasons = look(folder, corrections=corrections, tmp_path=tmp_path)
    assert reasons["train/1.jpg"] == reasons["val/1.jpg"] == "name-grammar"
    assert "20-29 1" in told and "50-59 1" in told
