"""A data path can select a folder in an archive: `faces.zip!/UTKFace`."""

import io
import json
import tarfile
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from components.errors import InputError
from components.ingest.sources import reading, source
from components.ingest.sources.source import Source
from components.utkface_example_gen import spans
from pipeline.cli import main
from pipeline.engines.local.launch import check_data
from tests.components.ingest import listed
from tests.components.ingest.test_spans import read

STAMP = "20170109142408{:03d}.jpg.chip.jpg"


def pack(path: Path, contents: dict[str, bytes]) -> Path:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in contents.items():
                archive.writestr(name, content)
        return path
    with tarfile.open(path, "w:gz") as tar:
        for name, content in contents.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


@pytest.fixture(params=["zip", "tgz"])
def twice(request: pytest.FixtureRequest, faces: Path, tmp_path: Path) -> Path:
    """An archive with ten images in two folders, as on Kaggle, and another image in a third."""
    pictures = [path.read_bytes() for path in sorted(faces.iterdir())[:11]]
    names = [f"{20 + number}_0_0_{STAMP.format(number)}" for number in range(11)]
    contents = {
        f"{folder}/{name}": picture
        for folder in ("UTKFace", "deep/UTKFace")
        for name, picture in zip(names[:10], pictures[:10], strict=True)
    }
    contents[f"UTKFace2/{names[10]}"] = pictures[10]
    return pack(tmp_path / f"faces.{request.param}", contents)


def summary_of(*arguments: str) -> dict:
    result = CliRunner().invoke(main, ["inspect", *arguments, "--json"])
    return json.loads(result.output)["summary"]


def test_copies_in_another_folder_are_quarantined_as_duplicates(twice: Path) -> None:
    summary = summary_of(str(twice))
    assert (summary["listed"], summary["accepted"]) == (21, 11)
    assert summary["by_reason"] == {"duplicate": 10}


@pytest.mark.parametrize("slashes", ["/UTKFace", "UTKFace", "/UTKFace/"])
def test_only_the_selected_folder_is_listed(twice: Path, slashes: str) -> None:
    summary = summary_of(f"{twice}!{slashes}")
    assert (summary["listed"], summary["accepted"], summary["by_reason"]) == (10, 10, {})


def test_file_names_are_relative_to_the_folder(twice: Path, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"
    summary_of(f"{twice}!/deep", "--ledger", str(ledger))
    rows = [json.loads(line) for line in ledger.read_text().splitlines()]
    assert len(rows) == 10
    assert rows[0]["name"] == f"UTKFace/20_0_0_{STAMP.format(0)}"
    assert rows[0]["source"] == f"{twice}!/deep"


def test_an_unknown_folder_is_reported_with_the_folders_of_the_archive(twice: Path) -> None:
    with pytest.raises(InputError) as caught:
        source.resolve(f"{twice}!/Faces")
    assert str(caught.value) == (
        f"{twice}: expected files in its folder 'Faces'; the archive has files in 'UTKFace', "
        "'UTKFace2', 'deep/UTKFace'"
    )
    result = CliRunner().invoke(main, ["inspect", f"{twice}!/Faces"])
    assert result.exit_code == 2
    assert "expected files in its folder 'Faces'" in " ".join(result.output.split())


def test_the_driver_finds_the_archive_and_the_executor_the_folder(twice: Path) -> None:
    data = f"{twice}!/UTKFace"
    paths = read(data, spans.NEWEST)
    assert len(paths) == 10
    assert all(path.startswith(f"{twice}!UTKFace/") for path in paths)
    both = read(f"{data}\n{twice}!/UTKFace2", spans.NEWEST)
    assert both[:10] == paths
    assert both[10:] == [f"{twice}!UTKFace2/30_0_0_{STAMP.format(10)}"]


def test_an_unsafe_member_of_the_folder_is_listed_without_data(tmp_path: Path) -> None:
    names = (r"UTKFace\1.jpg", r"UTKFace\..\2.jpg", r"other\..\3.jpg", "./UTKFace/4.jpg")
    path = pack(tmp_path / "f.zip", dict.fromkeys(names, b"1"))
    found = source.list_files(source.resolve(f"{path}!/UTKFace"))
    read = [file for listed in found for file in reading.read_listed(listed)]
    assert [(file.relative_name, file.data) for file in read] == [
        ("1.jpg", b"1"),
        ("../2.jpg", None),
        ("4.jpg", b"1"),
    ]


def test_overlapping_folders_of_an_archive_are_listed_once(twice: Path) -> None:
    def count(*inside: str) -> int:
        found = source.resolve_all([f"{twice}!/{folder}" for folder in inside])
        return len(list(listed.read_all(found)))

    assert count("UTKFace", "deep/UTKFace") == 20
    assert count("deep", "deep/UTKFace") == 10
    with pytest.raises(InputError, match="expected each data path once"):
        count("UTKFace", "UTKFace/")


def test_a_folder_can_be_selected_in_the_archive_of_each_span(tmp_path: Path) -> None:
    for span in (1, 2):
        pack(tmp_path / f"f-{span}.zip", {f"a/{span}.jpg": b"1", "b/3.jpg": b"2"})
    data = f"{tmp_path}/f-{{SPAN}}.zip!/a"
    assert source.resolve(data) == Source(str(tmp_path), "f-{SPAN}.zip", "a")
    assert read(data, spans.NEWEST) == [f"{tmp_path}/f-2.zip!a/2.jpg"]
    assert read(data, 1) == [f"{tmp_path}/f-1.zip!a/1.jpg"]
    with pytest.raises(InputError, match="expected the span in the path of the archive"):
        source.resolve(f"{tmp_path}/f-1.zip!/{{SPAN}}")


def test_a_folder_named_like_an_archive_path_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "f.zip!" / "a").mkdir(parents=True)
    (tmp_path / "f.zip!" / "a" / "1.jpg").write_bytes(b"1")
    assert source.resolve(f"{tmp_path}/f.zip!/a") == Source(f"{tmp_path}/f.zip!/a", "*")


def test_a_run_checks_for_the_archive_before_it_starts(twice: Path) -> None:
    check_data([f"{twice}!/UTKFace"])
    check_data([f"{twice.parent}/*{twice.suffix}!/UTKFace"])
    check_data([f"{twice.parent}/**/*{twice.suffix}"])
