"""Local file functions that need no TFX but give the same names as TFX."""

import os
import random
from pathlib import Path

import pytest
from tfx.dsl.io import fileio

from components.ingest.sources import source
from components.storage import files, object_store

NAMES = ("b.jpg", "a.jpg", ".h.jpg", "A.JPG", "z/deep/d.jpg", "z/e.jpg", ".g/f.jpg", "[x].jpg")
PATTERNS = ("*", "?.jpg", "*.jpg", ".*", "*/*", "*/*.jpg", "z/*/d.jpg", "[a-b].jpg", "[!a].jpg")
PATTERNS += ("a.jpg", "z", "no", "no/*", "a.jpg/*", "a**", "z*", "[[]x].jpg", "./z/.")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in NAMES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_glob_matches_the_same_files_as_in_tfx(tree: Path, pattern: str) -> None:
    assert files.glob(f"{tree}/{pattern}") == sorted(fileio.glob(f"{tree}/{pattern}"))


@pytest.mark.parametrize("path", ["", "/a.jpg", "/z", "/no", "/a.jpg/no"])
def test_isdir_agrees_with_tfx(tree: Path, path: str) -> None:
    assert files.isdir(f"{tree}{path}") == fileio.isdir(f"{tree}{path}")


def test_a_relative_glob_keeps_its_prefix(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree)
    assert files.glob("./?.jpg") == ["./a.jpg", "./b.jpg"]
    assert files.glob("z/*.jpg") == ["z/e.jpg"]
    assert files.glob("*.JPG") == ["A.JPG"]
    assert files.glob("/") == ["/"]


def test_a_walk_lists_the_same_files_as_in_tfx(tree: Path) -> None:
    walked = list(files.walk(str(tree)))
    assert walked == [
        f"{tree}/{name}"
        for name in (".h.jpg", "A.JPG", "[x].jpg", "a.jpg", "b.jpg", ".g/f.jpg", "z/e.jpg")
    ] + [f"{tree}/z/deep/d.jpg"]
    assert sorted(walked) == sorted(
        f"{folder}/{name}" for folder, _, names in fileio.walk(str(tree)) for name in names
    )
    assert sorted(files.listdir(str(tree))) == sorted(fileio.listdir(str(tree)))


def test_links_to_folders_are_followed_and_cycles_are_reported(tree: Path) -> None:
    (tree / "z/link").symlink_to("../.g")
    (tree / "z/deep/back").symlink_to("../..")
    inside = [path.removeprefix(f"{tree}/z/") for path in files.walk(f"{tree}/z")]
    assert inside == ["e.jpg", "deep/d.jpg", "deep/back/.h.jpg", "deep/back/A.JPG"] + [
        f"deep/back/{name}" for name in ("[x].jpg", "a.jpg", "b.jpg", ".g/f.jpg", "z")
    ] + ["link/f.jpg"]
    with pytest.raises(OSError, match="found a folder that could not be entered"):
        files.open(f"{tree}/z/deep/back/z")


def test_a_folder_that_cannot_be_listed_is_an_entry_itself(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listdir = files.listdir

    def refuse(path: str) -> list[str]:
        if path == f"{tree}/z/deep":
            raise PermissionError(13, "Permission denied", path)
        return listdir(path)

    monkeypatch.setattr(files, "listdir", refuse)
    assert list(files.walk(f"{tree}/z")) == [f"{tree}/z/e.jpg", f"{tree}/z/deep"]


def test_a_name_that_is_not_utf8_can_be_opened_and_printed(tmp_path: Path) -> None:
    name = random.Random(1).randbytes(60).replace(b"/", b"").replace(b"\0", b"")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(b"picture")
    (path,) = files.walk(str(tmp_path))
    assert files.glob(f"{tmp_path}/*") == [path]
    assert os.fsencode(path).endswith(name)
    with files.open(path) as file:
        assert file.read() == b"picture"
    assert (
        files.printable(path).encode()
        == os.fsencode(path).decode("utf-8", "backslashreplace").encode()
    )
    assert files.printable("naïve 中.jpg") == "naïve 中.jpg"


@pytest.mark.parametrize("scheme", ["s3", "minio"])
def test_an_object_store_is_registered_on_first_use(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    registered = []
    monkeypatch.setattr(object_store, "register", lambda: registered.append(scheme))
    monkeypatch.setattr(fileio, "isdir", lambda path: path == f"{scheme}://bucket/faces")
    assert files.isdir(f"{scheme}://bucket/faces")
    assert registered == [scheme]
    assert not files.isdir("ram://test_files/faces")
    assert registered == [scheme]


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        (
            "**/*.jpg",
            [".g/f.jpg", ".h.jpg", "[x].jpg", "a.jpg", "b.jpg", "z/deep/d.jpg", "z/e.jpg"],
        ),
        ("**/d.jpg", ["z/deep/d.jpg"]),
        ("z/**/*.jpg", ["z/deep/d.jpg", "z/e.jpg"]),
        ("**/deep", ["z/deep"]),
        ("**/**/e.jpg", ["z/e.jpg"]),
        ("z/**", ["z"]),
        ("z/**/**/", ["z"]),
        ("**/no", []),
        ("no/**/*.jpg", []),
    ],
)
def test_two_stars_match_any_folders_locally_and_on_an_object_store(
    tree: Path, pattern: str, matches: list[str]
) -> None:
    assert files.glob(f"{tree}/{pattern}") == [f"{tree}/{name}" for name in matches]
    store = "ram://test_files/stars"
    for name in NAMES:
        fileio.makedirs(f"{store}/{name}".rpartition("/")[0])
        with fileio.open(f"{store}/{name}", "w") as file:
            file.write(name)
    assert files.glob(f"{store}/{pattern}") == [f"{store}/{name}" for name in matches]


def test_two_stars_and_one_match_all_files_locally_and_on_a_store(tree: Path) -> None:
    store = "ram://test_files/all"
    for name in NAMES:
        fileio.makedirs(f"{store}/{name}".rpartition("/")[0])
        with fileio.open(f"{store}/{name}", "w") as file:
            file.write(name)
    for place in (str(tree), store):
        found = source.list_files(source.resolve(f"{place}/**/*"))
        assert sorted(listed.relative_name for listed in found) == sorted(NAMES)


def test_two_stars_do_not_follow_links(tree: Path) -> None:
    (tree / "z" / "back").symlink_to("..")
    assert files.glob(f"{tree}/**/e.jpg") == [f"{tree}/z/e.jpg"]


@pytest.mark.parametrize(
    ("path", "pattern", "fits"),
    [
        ("a/b/c", "a", True),
        ("a/b/c", "*/b", True),
        ("a/b/c", "b", False),
        ("a", "a/b", False),
        ("a/b/c", "**", True),
        ("a/b/c.jpg", "**/*.jpg", True),
        ("c.jpg", "**/*.jpg", True),
        ("a/b/c", "**/*.jpg", False),
        ("a/b/c/d", "a/**/c", True),
        ("a/c", "a/**/c", True),
        ("b/c", "a/**/c", False),
    ],
)
def test_a_pattern_fits_a_path_or_a_folder_above_it(path: str, pattern: str, fits: bool) -> None:
    assert files.fits(path.split("/"), pattern.split("/")) is fits
