"""How data paths are resolved, listed and read."""

import contextlib
import io
import random
import tarfile
import zipfile
from pathlib import Path

import pytest
from tfx.dsl.io import fileio

from components.errors import InputError
from components.ingest.sources import source
from components.ingest.sources.reading import ImageFile, ListedPath
from components.ingest.sources.source import Source
from components.storage import files
from tests.components.ingest import listed

MODES = {".tar": "w", ".tar.gz": "w:gz", ".tgz": "w:gz"}
SUFFIXES = (*MODES, ".zip", ".TGZ", ".Zip")
# Incompressible bytes, so that an archive is long enough to damage.
MEMBERS = {f"faces/{i}.jpg": random.Random(i).randbytes(150 * i) for i in range(1, 6)}


def pack(suffix: str, members: dict[str, bytes] = MEMBERS) -> bytes:
    file = io.BytesIO()
    if suffix.lower() == ".zip":
        with zipfile.ZipFile(file, "w") as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        return file.getvalue()
    with tarfile.open(fileobj=file, mode=MODES[suffix.lower()]) as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


def refusal(data: str) -> str:
    with pytest.raises(InputError) as caught:
        source.resolve(data)
    return str(caught.value)


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    folder = tmp_path / "faces"
    for name in ("b.jpg", "a.jpg", ".hidden.jpg", "z/deep/d.jpg", "c/.h/e.jpg"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def test_a_folder_is_listed_with_hidden_and_nested_files(faces: Path) -> None:
    where = source.resolve(str(faces))
    assert where == Source(str(faces), "*")
    assert listed.paths(where) == [
        str(faces / name)
        for name in (".hidden.jpg", "a.jpg", "b.jpg", "c/.h/e.jpg", "z/deep/d.jpg")
    ]


@pytest.mark.parametrize("slashes", ["/", "//"])
def test_trailing_slashes_of_a_folder_are_ignored(faces: Path, slashes: str) -> None:
    assert source.resolve(f"{faces}{slashes}") == Source(str(faces), "*")


def test_a_glob_is_sorted_and_matched_folders_are_walked(faces: Path) -> None:
    assert source.resolve(f"{faces}/?.jpg") == Source(str(faces), "?.jpg")
    found = {
        pattern: listed.paths(source.resolve(f"{faces}/{pattern}"))
        for pattern in ("?.jpg", "z*", "*/deep/*.jpg")
    }
    assert found == {
        "?.jpg": [f"{faces}/a.jpg", f"{faces}/b.jpg"],
        "z*": [f"{faces}/z/deep/d.jpg"],
        "*/deep/*.jpg": [f"{faces}/z/deep/d.jpg"],
    }


def test_relative_paths_start_at_the_working_folder(
    faces: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(faces.parent)
    assert source.resolve("faces") == Source("faces", "*")
    assert source.resolve("./faces/z") == Source("./faces/z", "*")
    monkeypatch.chdir(faces)
    assert source.resolve("a.jpg") == Source(".", "a.jpg")
    assert listed.paths(Source(".", "a.jpg")) == ["./a.jpg"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_archive_yields_its_members_in_order_with_their_paths(
    tmp_path: Path, suffix: str
) -> None:
    archive = tmp_path / f"faces{suffix}"
    archive.write_bytes(pack(suffix))
    where = source.resolve(str(archive))
    assert where == Source(str(tmp_path), archive.name)
    assert listed.paths(where) == [str(archive)]
    assert listed.read(str(archive)) == [
        ImageFile(f"{archive}!{name}", Path(name).name, content, relative_name=name)
        for name, content in MEMBERS.items()
    ]


def test_folders_and_links_of_an_archive_are_not_read_as_files(faces: Path, tmp_path: Path) -> None:
    (faces / "link.jpg").symlink_to("a.jpg")
    (faces / "nowhere.jpg").symlink_to("nothing")
    with tarfile.open(tmp_path / "f.tar", "w") as archive:
        archive.add(faces, "f")
    read = listed.read(f"{tmp_path}/f.tar")
    assert sorted(file.path.partition("!")[2] for file in read if file.data is not None) == [
        f"f/{name}" for name in (".hidden.jpg", "a.jpg", "b.jpg", "c/.h/e.jpg", "z/deep/d.jpg")
    ]
    refused = {file.name: (file.reason, file.error) for file in read if file.data is None}
    assert refused == dict.fromkeys(
        ("link.jpg", "nowhere.jpg"),
        ("unsafe-archive-member", "a symbolic link, which an archive must not contain"),
    )


def test_an_archive_in_a_folder_is_listed_once_and_read_completely(faces: Path) -> None:
    (faces / "more.tgz").write_bytes(pack(".tgz"))
    paths = listed.paths(source.resolve(str(faces)))
    assert paths.count(f"{faces}/more.tgz") == 1
    assert sum(len(listed.read(path)) for path in paths) == 5 + len(MEMBERS)


@pytest.mark.parametrize("name", ["faces", "faces.tar.gz", "*.jpg", "no/such/folder"])
def test_a_missing_path_is_reported_with_the_expected_kinds(tmp_path: Path, name: str) -> None:
    assert refusal(f"{tmp_path}/{name}") == (
        f"{tmp_path}/{name}: expected a folder, a glob or a .zip, .tar, .tar.gz, .tar.bz2, .tar.xz "
        "or .tar.zst archive of UTKFace files; found nothing"
    )


def test_an_empty_folder_and_an_archive_without_files_are_rejected(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    assert refusal(str(folder)) == f"{folder}: expected UTKFace files; the folder is empty"
    with tarfile.open(tmp_path / "f.tar", "w") as archive:
        archive.add(folder, "only-a-folder")
    assert refusal(f"{tmp_path}/f.tar") == (
        f"{tmp_path}/f.tar: expected UTKFace files; the archive contains none"
    )


@pytest.mark.parametrize("content", [b"no archive", b"\x1f\x8a\x08", b"\0" * 100])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_that_is_no_archive_is_rejected_before_the_run(
    tmp_path: Path, suffix: str, content: bytes
) -> None:
    archive = tmp_path / f"f{suffix}"
    archive.write_bytes(content)
    said = refusal(str(archive))
    kind = "zip" if suffix in (".zip", ".Zip") else "tar"
    assert said.startswith(f"{archive}: expected a whole {kind} archive; reading failed with ")
    assert said.endswith(". Fetch the archive again.")


@pytest.mark.parametrize(("suffix", "step"), [(".tar", 64), (".tgz", 1), (".zip", 1)])
def test_a_truncated_archive_is_rejected_or_gives_all_files(
    tmp_path: Path, suffix: str, step: int
) -> None:
    whole, archive = pack(suffix), tmp_path / f"f{suffix}"
    short = {}
    for length in range(0, len(whole), step):
        archive.write_bytes(whole[:length])
        with contextlib.suppress(InputError):
            files = listed.read(str(archive))
            if len(files) < len(MEMBERS):
                short[length] = len(files)
    assert short == {}


def test_a_truncated_archive_is_reported_with_advice(tmp_path: Path) -> None:
    archive = tmp_path / "f.tgz"
    archive.write_bytes(pack(".tgz")[:-200])
    with pytest.raises(InputError) as caught:
        listed.read(str(archive))
    assert str(caught.value) == (
        f"{archive}: expected a whole tar archive; reading failed with "
        f"Compressed file ended before the end-of-stream marker was reached. Fetch the archive "
        "again."
    )


def test_a_damaged_header_is_not_mistaken_for_the_end(tmp_path: Path) -> None:
    damaged = bytearray(pack(".tar"))
    damaged[damaged.index(b"faces/3.jpg")] ^= 1
    (tmp_path / "f.tar").write_bytes(damaged)
    with pytest.raises(InputError, match="expected a whole tar archive"):
        listed.read(f"{tmp_path}/f.tar")


def test_a_gzip_stream_with_a_wrong_checksum_is_rejected(tmp_path: Path) -> None:
    damaged = bytearray(pack(".tgz"))
    damaged[-6] ^= 1  # in the CRC of the uncompressed data
    (tmp_path / "f.tgz").write_bytes(damaged)
    with pytest.raises(InputError, match="expected a whole tar archive"):
        listed.read(f"{tmp_path}/f.tgz")


def test_a_folder_that_cannot_be_listed_is_reported(
    faces: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listdir = files.listdir

    def refuse(path: str) -> list[str]:
        if path in (str(faces), str(faces / "z")):
            raise PermissionError(13, "Permission denied", path)
        return listdir(path)

    monkeypatch.setattr(files, "listdir", refuse)
    assert refusal(str(faces)).startswith(f"{faces}: expected a folder that can be listed; ")
    (file,) = (
        file
        for path in listed.paths(Source(str(faces.parent), "faces/z*"))
        for file in listed.read(path)
    )
    assert (file.path, file.data, file.reason) == (f"{faces}/z", None, "unreadable")


def test_a_folder_named_like_an_archive_is_a_folder(faces: Path) -> None:
    (faces / "z").rename(faces / "z.zip")
    (faces / "z.zip/deep").rename(faces / "z.zip/y.tar.gz")
    expected = [f"{faces}/z.zip/y.tar.gz/d.jpg"]
    for data in ("z.zip", "z.*", "*/y.tar.gz"):
        assert listed.paths(source.resolve(f"{faces}/{data}")) == expected


def test_an_object_store_is_listed_and_read() -> None:
    store = "ram://test_source/store"
    fileio.makedirs(f"{store}/sub")
    for name, content in {"b.jpg": b"b", "a.jpg": b"a", "sub/c.jpg": b"c"}.items():
        with fileio.open(f"{store}/{name}", "wb") as file:
            file.write(content)
    where = source.resolve(f"{store}/")
    assert where == Source(store, "*")
    paths = listed.paths(where)
    assert paths == [f"{store}/{name}" for name in ("a.jpg", "b.jpg", "sub/c.jpg")]
    assert [file.data for path in paths for file in listed.read(path)] == [b"a", b"b", b"c"]
    assert listed.paths(source.resolve(f"{store}/b*")) == [f"{store}/b.jpg"]


@pytest.mark.parametrize("suffix", [".tar.gz", ".zip"])
def test_an_archive_on_an_object_store_is_read(suffix: str) -> None:
    fileio.makedirs("ram://test_source/archives")
    path = f"ram://test_source/archives/faces{suffix}"
    with fileio.open(path, "wb") as file:
        file.write(pack(suffix))
    where = source.resolve(path)
    assert where == Source("ram://test_source/archives", f"faces{suffix}")
    assert list(source.list_files(where)) == [ListedPath(path, "", path)]
    assert [file.data for file in listed.read(path)] == list(MEMBERS.values())
    with pytest.raises(InputError, match=r"ram://test_source/nothing: expected .* found nothing"):
        source.resolve("ram://test_source/nothing")
    fileio.remove(path)
    with pytest.raises(InputError, match="Fetch the archive again"):
        listed.read(path)


@pytest.mark.parametrize("folder", ["", "a [b]*"])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_archive_named_like_a_glob_is_that_archive(
    tmp_path: Path, suffix: str, folder: str
) -> None:
    (tmp_path / folder).mkdir(exist_ok=True)
    archive = tmp_path / folder / f"faces [2024]{suffix}"
    archive.write_bytes(pack(suffix))
    where = source.resolve(str(archive))
    assert list(source.list_files(where)) == [ListedPath(str(archive), "", str(archive))]
    again = source.of_pattern(source.to_pattern(where))
    assert listed.paths(again) == [str(archive)]


def test_an_image_named_like_a_glob_is_that_image(tmp_path: Path) -> None:
    picture = tmp_path / "face [1].jpg"
    picture.touch()
    where = source.resolve(str(picture))
    assert list(source.list_files(where)) == [
        ListedPath(str(picture), "face [1].jpg", str(picture))
    ]
