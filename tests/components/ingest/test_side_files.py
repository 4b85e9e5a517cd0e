"""Which files are side files of an operating system."""

import pytest

from components.ingest.sources.reading import is_side_file


@pytest.mark.parametrize(
    "name",
    [
        ".DS_Store",
        "part1/.DS_Store",
        "Thumbs.db",
        "thumbs.db",
        "deep/er/desktop.ini",
        "Desktop.ini",
        "._25_0_0_20170116174525125.jpg.chip.jpg",
        "part1/._.DS_Store",
        "__MACOSX/part1/._1.jpg",
        "part1/__MACOSX/1.jpg",
        "faces.zip!__MACOSX/._1.jpg",
        "faces.zip!.DS_Store",
    ],
)
def test_a_side_file_is_recognized(name: str) -> None:
    assert is_side_file(name)


@pytest.mark.parametrize(
    "name",
    [
        "25_0_0_20170116174525125.jpg.chip.jpg",
        ".hidden.jpg",
        "_.jpg",
        "DS_Store",
        "Thumbs.db.jpg",
        "Thumbs.db/1.jpg",
        "._folder/1.jpg",
        "__MACOSX",
        "__MACOSX.zip!1.jpg",
        "MACOSX/1.jpg",
        "",
    ],
)
def test_other_files_are_not_side_files(name: str) -> None:
    assert not is_side_file(name)
