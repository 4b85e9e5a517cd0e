"""Files and folders are replaced as a whole, and flushed."""

import errno
import os
from pathlib import Path

import pytest

from components.storage.durable import remove_tree, rename, sync_tree, write_file


def test_a_file_is_replaced_and_flushed_with_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[str] = []
    fsync = os.fsync

    def record(descriptor: int) -> None:
        flushed.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", record)
    path = tmp_path / "new" / "latest"
    for content in (b"1\n", b"2\n"):
        write_file(str(path), content)
        assert path.read_bytes() == content
    assert [name for name in path.parent.iterdir()] == [path]
    assert [Path(name).parent for name in flushed] == [path.parent, tmp_path] * 2
    assert Path(flushed[0]).name.startswith(".latest-")


def test_a_write_that_fails_keeps_the_file_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    write_file(f"{tmp_path}/latest", b"1\n")
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        write_file(f"{tmp_path}/latest", b"2\n")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"1\n"]


def test_a_folder_that_cannot_be_flushed_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(descriptor: int) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(os, "fsync", refuse)
    (tmp_path / "a").mkdir()
    sync_tree(str(tmp_path))
    rename(f"{tmp_path}/a", f"{tmp_path}/below/b")
    assert (tmp_path / "below" / "b").is_dir()


def test_a_link_to_a_folder_is_removed_without_its_target(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "7").symlink_to(tmp_path / "model")
    for _ in range(2):
        remove_tree(f"{tmp_path}/7")
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
