"""Several sources, listed and read as one."""

import zipfile
from pathlib import Path

import pytest

from components.errors import InputError
from components.ingest.archives.limits import ArchiveLimits
from components.ingest.sources.source import Source, list_all, resolve_all
from tests.components.ingest import listed


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    for name in ("one/a.jpg", "one/b.jpg", "two/a.jpg", "two/in/c.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    with zipfile.ZipFile(tmp_path / "three.zip", "w") as archive:
        archive.writestr("a.jpg", "three/a.jpg")
    return tmp_path


def test_sources_are_read_in_the_given_order(faces: Path) -> None:
    named = [f"{faces}/{name}" for name in ("two", "three.zip", "one/b*")]
    resolved = resolve_all(named)
    assert resolved == [
        Source(f"{faces}/two", "*"),
        Source(str(faces), "three.zip"),
        Source(f"{faces}/one", "b*"),
    ]
    read = list(listed.read_all(resolved))
    assert [(file.relative_name, file.data) for file in read] == [
        ("a.jpg", b"two/a.jpg"),
        ("in/c.jpg", b"two/in/c.jpg"),
        ("a.jpg", b"three/a.jpg"),
        ("b.jpg", b"one/b.jpg"),
    ]


@pytest.mark.parametrize(
    ("named", "listed"),
    [
        (("one", "*/a.jpg"), ["one/a.jpg", "one/b.jpg", "two/a.jpg"]),
        (("*/a.jpg", "one"), ["one/a.jpg", "two/a.jpg", "one/b.jpg"]),
        (("t*", "two/in", "three.zip"), ["three.zip", "two/a.jpg", "two/in/c.jpg"]),
        (("two/in", "two"), ["two/in/c.jpg", "two/a.jpg"]),
        (("one/a.jpg", "one/b.jpg"), ["one/a.jpg", "one/b.jpg"]),
    ],
)
def test_files_of_overlapping_sources_are_listed_once(
    faces: Path, named: tuple[str, ...], listed: list[str]
) -> None:
    resolved = resolve_all([f"{faces}/{name}" for name in named])
    assert [one.path for one in list_all(resolved)] == [f"{faces}/{name}" for name in listed]


def test_missing_and_repeated_sources_are_rejected(faces: Path) -> None:
    with pytest.raises(InputError, match="expected at least one data path; found none"):
        resolve_all([])
    with pytest.raises(InputError) as caught:
        resolve_all([f"{faces}/one", f"{faces}/two", f"{faces}/one/"])
    assert str(caught.value) == (f"{faces}/one/: expected each data path once; found it twice")


def test_limits_apply_before_and_during_the_run(faces: Path) -> None:
    tight, path = ArchiveLimits(max_members=0), f"{faces}/three.zip"
    message = (
        f"{path}: expected an archive of at most 0 members; found 1. If you trust it, raise "
        "ingest.archives.max_members."
    )
    with pytest.raises(InputError) as caught:
        resolve_all([path], tight)
    assert str(caught.value) == message
    with pytest.raises(InputError) as caught:
        list(listed.read_all(resolve_all([path]), tight))
    assert str(caught.value) == message
