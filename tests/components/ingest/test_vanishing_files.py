"""Files that vanish or change type during an ingest still have a row."""

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from components.errors import InputError
from components.ingest.steps import reading
from tests.components.ingest.corpus.kinds import plan
from tests.components.ingest.drawn import encode, photo
from tests.components.ingest.running import run

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


@contextlib.contextmanager
def changing(change: Callable[[], object]) -> Iterator[None]:
    """Applies a change after the first file is examined."""
    changes = iter([change])
    reading.listeners.append(lambda: next(changes, lambda: None)())
    try:
        yield
    finally:
        reading.listeners.clear()


def outcomes(
    faces: Path, change: Callable[[], object], *, records: bool = False
) -> dict[str, tuple[str, str]]:
    """Runs an ingest and changes its source after the first file is examined."""

    with changing(change):
        summary, rows = run(plan(faces.parent), faces, faces.parent / "out", records=records)
    assert summary.listed == len(rows)
    return {row.name: (row.status, row.reason) for row in rows}


def all_of(folder: str, outcome: tuple[str, str] = GOOD) -> dict[str, tuple[str, str]]:
    return {f"{folder}{name}": outcome for name in NAMES}


def test_a_file_that_vanishes_is_unreadable(faces: Path) -> None:
    found = outcomes(faces, lambda: (faces / SECOND).unlink())
    expected = {**all_of(""), SECOND: MISSING}
    assert found == {**expected, **all_of("x/"), **all_of("y/deep/")}


def test_files_of_a_folder_that_vanishes_are_unreadable(faces: Path) -> None:
    found = outcomes(faces, lambda: shutil.rmtree(faces / "x"))
    assert found == {**all_of(""), **all_of("x/", MISSING), **all_of("y/deep/")}


def test_files_of_a_source_that_vanishes_are_unreadable(faces: Path) -> None:
    found = outcomes(faces, lambda: shutil.rmtree(faces))
    missing = {**all_of("", MISSING), **all_of("x/", MISSING), **all_of("y/deep/", MISSING)}
    assert found == {**missing, FIRST: GOOD}


def test_files_that_change_type_still_have_a_row(faces: Path) -> None:
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
        **all_of("y/deep/", MISSING),
    }


def test_a_file_cut_during_an_ingest_is_truncated(faces: Path) -> None:
    found = outcomes(faces, lambda: os.truncate(faces / SECOND, 700))
    assert found[SECOND] == ("quarantined", "truncated")


def test_a_file_that_changes_between_the_two_reads_stops_the_ingest(faces: Path) -> None:
    def change() -> None:
        (faces / FIRST).write_bytes(encode(photo()))

    with pytest.raises(InputError) as caught:
        outcomes(faces, change, records=True)
    assert str(caught.value) == (
        f"{faces}: expected {FIRST!r} to stay unchanged during the ingest; it changed. Run again "
        "when nothing writes to the data."
    )
