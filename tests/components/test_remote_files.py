"""Globs and walks find the same files on an object store as in a folder, in few requests."""

from pathlib import Path

import pytest
from tfx.dsl.io import fileio

from components.errors import InputError
from components.ingest.sources import source
from components.storage import files
from components.storage.object_store import ObjectStore
from tests.components.ingest import listed
from tests.components.storage.test_files import NAMES, PATTERNS
from tests.components.storage.test_object_store import (  # noqa: F401
    BUCKET,
    others,
    registry,
    store,
)

STARS = ("**/*.jpg", "**/d.jpg", "z/**/*.jpg", "**/deep", "**/*", "*/**/*.jpg", "z/**", "no/**/*")


@pytest.fixture
def faces(others: object, tmp_path: Path) -> str:  # noqa: F811
    root = f"s3://{BUCKET}"
    for name in NAMES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
        with fileio.open(f"{root}/faces/{name}", "w") as file:
            file.write(name)
    return f"{root}/faces"


# A store has no folder named `.`.
@pytest.mark.parametrize("pattern", sorted({*PATTERNS, *STARS} - {"./z/."}))
def test_a_glob_finds_the_same_files_as_in_a_folder(
    faces: str, tmp_path: Path, pattern: str
) -> None:
    here = [path.removeprefix(str(tmp_path)) for path in files.glob(f"{tmp_path}/{pattern}")]
    assert [path.removeprefix(faces) for path in files.glob(f"{faces}/{pattern}")] == here


@pytest.mark.parametrize("pattern", ["", "/*", "/**/*", "/*/*.jpg", "/z", "/**/d.jpg"])
def test_a_source_lists_the_same_files_as_in_a_folder(
    faces: str, tmp_path: Path, pattern: str
) -> None:
    here, there = (
        [path.removeprefix(base) for path in listed.paths(source.resolve(f"{base}{pattern}"))]
        for base in (str(tmp_path), faces)
    )
    assert here == there
    assert here


def test_no_request_is_made_for_a_single_file(faces: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    for name in ("isdir", "exists", "stat"):
        ask = getattr(ObjectStore, name)
        ours = staticmethod(lambda path, ask=ask: asked.append(path) or ask(path))
        monkeypatch.setattr(ObjectStore, name, ours)
    assert len(list(files.walk(faces))) == len(NAMES)
    assert asked == []
    assert len(files.glob(f"{faces}/*.jpg")) == 4
    assert len(files.glob(f"{faces}/**/*.jpg")) == 7
    assert not [path for path in asked if path.lower().endswith(".jpg")]


def test_a_missing_folder_is_reported(faces: str) -> None:
    with pytest.raises(InputError, match="found nothing"):
        source.resolve(f"{faces}-2")
