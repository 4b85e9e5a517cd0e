"""What vanishes, or turns into something else, while an ingest runs, is a row like any other."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from components.ingest.ingest import Ingest
from components.ingest.sources import sources
from components.ingest.sources.reading import ImageFile
from tests.components.ingest.corpus.kinds import plan
from tests.components.ingest.drawn import encode, photo

NAMES = tuple(f"{age}_0_0_20170116174525125.jpg" for age in (1, 2, 3, 4))
FIRST, SECOND, THIRD, LAST = NAMES
MISSING = ("quarantined", "unreadable")
GOOD = ("accepted", "")


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    for folder in ("", "x", "y/deep"):
        (tmp_path / "faces" / folder).mkdir(parents=True, exist_ok=True)
        for name in NAMES:
            (tmp_path / "faces" / folder / name).write_bytes(encode(photo()))
    return tmp_path / "faces"


def outcomes(faces: Path, change: Callable[[], object]) -> dict[str, tuple[str, str]]:
    """Runs an ingest and changes its source once the first file was read."""

    def files() -> Iterator[ImageFile]:
        for number, file in enumerate(sources.read_all(sources.resolve_all([str(faces)]))):
            yield file
            if number == 0:
                change()

    ingest = Ingest(plan(faces.parent), faces.parent)
    list(ingest.run(files()))
    rows = {row.name: (row.status, row.reason) for row in ingest.catalogue.rows()}
    assert ingest.summarise({}).listed == len(rows)
    return rows


def all_of(folder: str, outcome: tuple[str, str] = GOOD) -> dict[str, tuple[str, str]]:
    return {f"{folder}{name}": outcome for name in NAMES}


def test_a_file_that_vanishes_is_a_row(faces: Path) -> None:
    found = outcomes(faces, lambda: (faces / SECOND).unlink())
    expected = {**all_of(""), SECOND: MISSING}
    assert found == {**expected, **all_of("x/"), **all_of("y/deep/")}


def test_a_folder_that_vanishes_is_a_row_as_what_was_in_it_was_not_listed(faces: Path) -> None:
    found = outcomes(faces, lambda: shutil.rmtree(faces / "x"))
    assert found == {**all_of(""), "x": MISSING, **all_of("y/deep/")}


def test_a_folder_that_vanishes_while_it_is_read_leaves_its_files_as_rows(faces: Path) -> None:
    found = outcomes(faces, lambda: shutil.rmtree(faces))
    rest = {SECOND: MISSING, THIRD: MISSING, LAST: MISSING, "x": MISSING, "y": MISSING}
    assert found == {FIRST: GOOD, **rest}


def test_what_turns_into_something_else_is_a_row(faces: Path) -> None:
    def change() -> None:
        for name in (THIRD, LAST):
            (faces / name).unlink()
        os.mkfifo(faces / THIRD)
        (faces / LAST).symlink_to(LAST)
        shutil.rmtree(faces / "y")
        (faces / "y").write_bytes(encode(photo()))

    found = outcomes(faces, change)
    assert found == {
        **{FIRST: GOOD, SECOND: GOOD, THIRD: MISSING, LAST: MISSING},
        **all_of("x/"),
        "y": ("quarantined", "name-grammar"),
    }


def test_a_file_that_is_cut_while_an_ingest_runs_is_truncated(faces: Path) -> None:
    found = outcomes(faces, lambda: os.truncate(faces / SECOND, 700))
    assert found[SECOND] == ("quarantined", "truncated")
