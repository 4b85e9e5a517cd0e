"""Reading listed files: their outcomes and their names."""

import io
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from components.errors import InputError
from components.ingest.sources import reading, source
from components.ingest.sources.reading import ImageFile
from components.storage import files
from tests.components.ingest import listed

SUFFIXES = (".tar", ".tgz", ".zip")


def pack(path: Path, *names: str) -> None:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.writestr(name, "picture")
        return
    with tarfile.open(path, "w:gz" if path.suffix == ".tgz" else "w") as tar:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size = len("picture")
            tar.addfile(info, io.BytesIO(b"picture"))


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    folder = tmp_path / "faces"
    for name in ("b.jpg", "a.jpg", ".hidden.jpg", "z/deep/d.jpg", "c/.h/e.jpg"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def test_an_unreadable_file_is_still_counted(faces: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(files, "open", refuse)
    path = str(faces / "a.jpg")
    error = f"PermissionError: [Errno 13] Permission denied: '{path}'"
    assert listed.read(path) == [
        ImageFile(path, "a.jpg", None, error, "unreadable", relative_name="a.jpg")
    ]


def test_a_file_that_fails_during_reading_is_still_counted(
    faces: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(files, "open", lambda path: Broken())
    (file,) = listed.read(str(faces / "a.jpg"))
    assert (file.data, file.reason) == (None, "unreadable")
    assert file.error == "OSError: [Errno 5] Input/output error"


def test_a_file_that_vanishes_after_listing_is_still_counted(faces: Path) -> None:
    listed = list(source.list_files(source.resolve(str(faces))))
    (faces / "b.jpg").unlink()
    (faces / "z/deep/d.jpg").unlink()
    (faces / "z/deep").rmdir()
    read = [file for path in listed for file in reading.read_listed(path)]
    assert {file.relative_name: file.error.partition(":")[0] for file in read} == {
        ".hidden.jpg": "",
        "a.jpg": "",
        "b.jpg": "FileNotFoundError",
        "c/.h/e.jpg": "",
        "z/deep/d.jpg": "FileNotFoundError",
    }


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_archive_that_vanishes_after_listing_is_named(faces: Path, suffix: str) -> None:
    archive = faces / f"f{suffix}"
    pack(archive, "1.jpg")
    paths = listed.paths(source.resolve(str(faces)))
    archive.unlink()
    with pytest.raises(InputError) as caught:
        _ = [file for path in paths for file in listed.read(path)]
    assert str(caught.value).startswith(f"{archive}: expected a ")
    assert "archive that can be read; opening it failed with FileNotFoundError" in str(caught.value)


def test_a_broken_link_is_counted_as_unreadable(faces: Path) -> None:
    (faces / "lost.jpg").symlink_to("nothing")
    assert f"{faces}/lost.jpg" in listed.paths(source.resolve(str(faces)))
    (file,) = listed.read(f"{faces}/lost.jpg")
    assert file.data is None
    assert "lost.jpg" in file.error


def test_a_pipe_is_counted_without_waiting_for_it(faces: Path) -> None:
    os.mkfifo(faces / "pipe.jpg")
    paths = listed.paths(source.resolve(str(faces)))
    (refused,) = [file for path in paths for file in listed.read(path) if file.data is None]
    assert refused.name == "pipe.jpg"
    assert "expected a file; found a folder that could not be entered, a pipe" in refused.error


@pytest.mark.parametrize("suffix", [".tgz", ".zip"])
def test_file_names_are_relative_to_their_source(faces: Path, suffix: str) -> None:
    archive = faces / "c" / f"more{suffix}"
    pack(archive, "part/1.jpg")
    named = {
        data: [
            file.relative_name
            for listed in source.list_files(source.resolve(f"{faces}{data}"))
            for file in reading.read_listed(listed)
        ]
        for data in ("/z", "/c", f"/c/more{suffix}", "/*/more.*", "/b.jpg")
    }
    assert named == {
        "/z": ["deep/d.jpg"],
        "/c": [f"more{suffix}!part/1.jpg", ".h/e.jpg"],
        f"/c/more{suffix}": ["part/1.jpg"],
        "/*/more.*": [f"c/more{suffix}!part/1.jpg"],
        "/b.jpg": ["b.jpg"],
    }


# Names that are possible on a file system that stores names as bytes.
ODD_NAMES = {
    b"\xff\xfe.jpg": r"\xff\xfe.jpg",
    b"caf\xc3\xa9\xe9.jpg": r"café\xe9.jpg",
    "\u202egpj.exe".encode(): "\u202egpj.exe",
    b"two\nlines.jpg": "two\nlines.jpg",
    b" .jpg": " .jpg",
    b"a\\b.jpg": "a\\b.jpg",
    b"[1]*?.jpg": "[1]*?.jpg",
    b"n" * 255: "n" * 255,
}


def test_any_name_is_listed_read_and_written(tmp_path: Path) -> None:
    for name in ODD_NAMES:
        (tmp_path / os.fsdecode(name)).write_bytes(name)
    read = [
        file
        for listed in source.list_files(source.resolve(str(tmp_path)))
        for file in reading.read_listed(listed)
    ]
    assert {file.data: file.name for file in read} == ODD_NAMES
    for file in read:
        assert file.path == f"{tmp_path}/{file.name}"
        written = json.dumps([file.path, file.relative_name], ensure_ascii=False).encode()
        assert json.loads(written) == [file.path, file.name]


def test_beam_passes_on_any_name(tmp_path: Path) -> None:
    import apache_beam as beam
    from apache_beam.testing.util import assert_that, equal_to

    (tmp_path / "\udcff.jpg").write_bytes(b"1")
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        names = (
            pipeline
            | beam.Create([source.resolve(str(tmp_path))])
            | beam.FlatMap(source.list_files)
            | "SpreadPaths" >> beam.Reshuffle()
            | "Read" >> beam.FlatMap(reading.read_listed)
            | "SpreadFiles" >> beam.Reshuffle()
            | beam.Map(lambda file: (file.relative_name, file.data))
        )
        assert_that(names, equal_to([(r"\xff.jpg", b"1")]))


LOOK = """
import sys
from components.ingest.sources import reading, source
listed = source.list_all(source.resolve_all(sys.argv[1:]))
found = [file for path in listed for file in reading.read_listed(path)]
heavy = {"tfx", "tensorflow", "apache_beam", "numpy", "pydantic"} & sys.modules.keys()
print(len(found), all(file.data for file in found), sorted(heavy))
"""


def test_local_data_is_read_without_tfx(faces: Path, tmp_path: Path) -> None:
    archives = [tmp_path / "f.zip", tmp_path / "g.tgz"]
    for archive in archives:
        pack(archive, *(f"{number}.jpg" for number in range(5)))
    command = [sys.executable, "-c", LOOK, str(faces), *map(str, archives)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.stdout, ended.stderr) == ("15 True []\n", "")
