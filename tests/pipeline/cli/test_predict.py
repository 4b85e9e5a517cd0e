"""`utkface predict`: which files it reads, and one row per file, usable or not."""

import csv
import io
import json
import os
import shutil
import tarfile
import threading
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from pipeline.cli import main
from pipeline.root import served_versions
from pipeline.tools.prediction import prediction


@pytest.fixture
def asked(monkeypatch) -> list[bytes]:
    """Images passed to the model, which predicts the width of each image as its age."""
    contents: list[bytes] = []

    def ask(batch):
        contents.extend(batch)
        widths = [Image.open(io.BytesIO(one)).width for one in batch]
        return [(float(width), 0.9, [0.5, 0.3, 0.1, 0.1, 0.0]) for width in widths]

    monkeypatch.setattr(prediction, "_load", lambda _: ask)
    return contents


@pytest.fixture
def folder(tmp_path: Path, asked, monkeypatch) -> Path:
    """Three images, 20, 21 and 22 pixels wide, two with the same name, and a .DS_Store."""
    (tmp_path / "root" / "serving" / "1").mkdir(parents=True)
    (tmp_path / "root" / "serving" / "1" / "saved_model.pb").touch()
    monkeypatch.setattr(served_versions, "find_damage", lambda _: "")
    faces = tmp_path / "faces"
    (faces / "sub").mkdir(parents=True)
    for width, name in ((20, "a.jpg"), (21, "b [2024].png"), (22, "sub/a.jpg")):
        Image.new("RGB", (width, 30)).save(faces / name)
    (faces / ".DS_Store").touch()
    return faces


def predict(folder: Path, *arguments: object, **options: object) -> Result:
    root = ("--root", str(folder.parent / "root"))
    return CliRunner().invoke(main, ["predict", *map(str, arguments), *root], **options)


def rows(folder: Path, *arguments: object, **options: object) -> list[tuple]:
    """Returns the path relative to the folder, the age and the error of each row."""
    result = predict(folder, *arguments, "--json", **options)
    found = json.loads(result.stdout)
    assert result.exit_code == (2 if any(row["error"] for row in found) else 0)
    return [(row["image"].removeprefix(f"{folder}/"), row["age"], row["error"]) for row in found]


ALL = [("a.jpg", 20, None), ("b [2024].png", 21, None), ("sub/a.jpg", 22, None)]


def test_a_folder_is_read_without_operating_system_files(folder):
    assert rows(folder, folder) == ALL


def test_a_glob_selects_matching_files(folder):
    assert rows(folder, f"{folder}/*.jpg") == ALL[:1]
    assert rows(folder, f"{folder}/*/a.jpg") == ALL[2:]


def test_an_existing_file_whose_name_looks_like_a_glob_is_read(folder):
    assert rows(folder, folder / "b [2024].png") == ALL[1:2]


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
@pytest.mark.parametrize("name", ["faces", "faces [1]"])
def test_archive_members_are_read(folder, kind, name):
    path = folder.parent / f"{name}.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            for file in sorted(folder.rglob("*.*")):
                archive.write(file, file.relative_to(folder))
    else:
        with tarfile.open(path, "w:gz") as archive:
            archive.add(folder, ".", filter=lambda one: one)
    found = [(path_of.replace("!./", "!"), *rest) for path_of, *rest in rows(folder, path)]
    assert sorted(found) == [(f"{path}!{inside}", *rest) for inside, *rest in sorted(ALL)]


def test_a_dash_reads_an_image_from_standard_input(folder):
    assert rows(folder, "-", input=(folder / "a.jpg").read_bytes()) == [("-", 20, None)]
    (row,) = rows(folder, "-", "--set", "ingest.pictures.max_bytes=9", input=b"0123456789")
    assert row == ("-", None, "expected at most 9 bytes; found 10 or more")


def test_a_bad_image_gets_an_error_row_and_the_rest_are_predicted(folder):
    (folder / "bad.jpg").write_text("no picture")
    (folder / "empty.jpg").touch()
    found = rows(folder, folder, folder / "none.jpg")
    assert [row for row in found if row[1]] == ALL
    reasons = {path: error for path, _, error in found if error}
    assert reasons == {
        "bad.jpg": "expected a JPEG or PNG image; found bytes that start with b'no pictu'",
        "empty.jpg": "expected an image; found no bytes",
        "none.jpg": "expected a folder, a glob or a .zip, .tar, .tar.gz, .tar.bz2, .tar.xz or "
        ".tar.zst archive of UTKFace "
        "files; found nothing",
    }


def test_the_table_shows_full_paths_and_errors(folder):
    (folder / "bad.jpg").write_text("no picture")
    result = predict(folder, folder, env={"COLUMNS": "250"})
    assert result.exit_code == 2
    lines = [line.rstrip().split(maxsplit=5) for line in result.stdout.splitlines()]
    assert ["20", "female", "(90%)", "White", "(50%)", f"{folder}/a.jpg"] in lines
    assert ["22", "female", "(90%)", "White", "(50%)", f"{folder}/sub/a.jpg"] in lines
    bad = next(line for line in lines if f"{folder}/bad.jpg:" in line)
    assert bad[:3] == ["-", "-", "-"] and bad[4].startswith("expected")
    assert result.stderr == "Error: 1 of 4 files cannot be used.\n"


def test_csv_has_a_row_for_each_file(folder):
    (folder / "bad, worse.jpg").write_text("no picture")
    result = predict(folder, folder, "--csv")
    found = list(csv.DictReader(io.StringIO(result.stdout)))
    assert result.exit_code == 2 and len(found) == 4
    good = next(row for row in found if row["image"] == f"{folder}/a.jpg")
    assert (good["age"], good["gender"], good["race"], good["error"]) == (
        "20",
        "female",
        "White",
        "",
    )
    assert (good["female"], good["male"], good["Black"]) == ("0.900000", "0.100000", "0.300000")
    bad = next(row for row in found if row["image"] == f"{folder}/bad, worse.jpg")
    assert bad["age"] == bad["White"] == "" and bad["error"].startswith("expected a JPEG")


def test_a_pipe_gets_an_error_row_and_does_not_block(folder):
    os.mkfifo(folder / "pipe.jpg")
    found = []
    thread = threading.Thread(target=lambda: found.extend(rows(folder, folder / "pipe.jpg")))
    thread.daemon = True
    thread.start()
    thread.join(30)
    ((path, age, error),) = found
    assert (path, age) == ("pipe.jpg", None) and "a pipe or a device" in error


def test_a_file_above_the_size_limit_is_not_read_whole(folder):
    with (folder / "huge.jpg").open("wb") as file:
        file.truncate(1 << 40)
    (row,) = rows(folder, folder / "huge.jpg")
    assert row[2] == "expected at most 20,000,000 bytes; found 1,099,511,627,776"


def test_a_damaged_archive_gets_an_error_row_after_its_readable_members(folder):
    archive = Path(shutil.make_archive(str(folder.parent / "cut"), "gztar", folder))
    archive.write_bytes(archive.read_bytes()[:-40])
    found = rows(folder, archive, folder / "a.jpg")
    assert found[-1] == ALL[0]
    assert found[-2][0] == str(archive) and "expected a whole tar archive" in found[-2][2]


def test_an_empty_folder_gets_an_error_row(folder):
    (folder / "none").mkdir()
    assert rows(folder, folder / "none") == [
        ("none", None, "expected UTKFace files; the folder is empty")
    ]
    (folder / "none" / ".DS_Store").touch()
    assert rows(folder, folder / "none") == [("none", None, "expected images; found none")]


def test_exif_rotation_is_applied_as_in_training(folder, asked):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (40, 24)).save(folder / "side.jpg", exif=exif)
    assert rows(folder, folder / "side.jpg") == [("side.jpg", 24, None)]


def test_a_missing_model_names_the_command_that_trains_it(folder, tmp_path):
    result = CliRunner().invoke(
        main, ["predict", str(folder / "a.jpg"), "--root", f"{tmp_path}/other"]
    )
    assert result.exit_code == 2
    assert f"{tmp_path}/other/serving: expected a pushed model; there is none" in result.output
    assert f"utkface run --data PATH --root {tmp_path}/other" in result.output


def test_no_model_is_loaded_when_no_file_is_usable(folder, monkeypatch):
    monkeypatch.setattr(prediction, "_load", None)
    (folder / "bad.jpg").write_text("no picture")
    assert predict(folder, folder / "bad.jpg").exit_code == 2


def test_an_invalid_certainty_threshold_is_refused(folder):
    result = predict(folder, folder / "a.jpg", "--set", "prediction.min_race_certainty=80")
    assert result.exit_code == 2
    assert "prediction.min_race_certainty: " in result.output and "found 80" in result.output
