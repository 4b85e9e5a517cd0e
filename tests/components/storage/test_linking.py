"""Links to artifacts share the disk space of the originals."""

import os
from pathlib import Path

import pytest

from components.storage.linking import link_file, link_folder


@pytest.fixture
def original(tmp_path: Path) -> Path:
    folder = tmp_path / "original"
    (folder / "variables").mkdir(parents=True)
    (folder / "model.pb").write_bytes(b"model")
    (folder / "variables" / "data").write_bytes(b"weights")
    return folder


def test_a_linked_folder_takes_no_room_and_outlives_the_original(
    original: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "history" / "copy"
    link_folder(str(original), str(copy))
    for name in ("model.pb", "variables/data"):
        assert (copy / name).samefile(original / name)
        (original / name).unlink()
    assert (copy / "model.pb").read_bytes() == b"model"
    assert (copy / "variables" / "data").read_bytes() == b"weights"


def test_a_disk_without_links_gets_real_copies(
    original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    copy = tmp_path / "copy"
    link_folder(str(original), str(copy))
    assert (copy / "variables" / "data").read_bytes() == b"weights"
    assert not (copy / "model.pb").samefile(original / "model.pb")


def test_a_replaced_file_leaves_what_it_was_linked_to(original: Path, tmp_path: Path) -> None:
    copy, other = tmp_path / "state.keras", tmp_path / "other"
    link_file(str(original / "model.pb"), str(copy))
    other.write_bytes(b"another model")
    link_file(str(other), str(copy))
    assert copy.read_bytes() == b"another model"
    assert (original / "model.pb").read_bytes() == b"model"
