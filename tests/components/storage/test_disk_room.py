"""Errors of a full disk become a ResourceError; other errors are unchanged."""

import errno
import sqlite3
import tempfile
from pathlib import Path

import pytest
import tensorflow as tf

from components.errors import InputError, ResourceError
from components.storage.disk_room import room_for_temporary_files, room_in

FULL = Path("/dev/full")


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        OSError(errno.EFBIG, "File too large"),
        sqlite3.OperationalError("database or disk is full"),
        sqlite3.OperationalError("disk I/O error"),
        tf.errors.ResourceExhaustedError(None, None, "/a/file; No space left on device"),
        tf.errors.UnknownError(None, None, "/a/file; Disk quota exceeded"),
        tf.errors.OutOfRangeError(None, None, "/a/file; File too large"),
    ],
)
def test_a_full_disk_is_reported_with_its_path_and_advice(error: Exception) -> None:
    with pytest.raises(ResourceError) as caught, room_in("/a/place", "or wait"):
        raise error
    assert caught.value.__cause__ is error
    assert str(caught.value) == (
        f"/a/place: expected room on the disk; writing stopped with {error}. Free space there, or "
        "wait."
    )


@pytest.mark.parametrize(
    "error",
    [
        PermissionError(errno.EACCES, "Permission denied"),
        OSError(errno.EIO, "No space left on device"),
        InputError("/File too large/a.tar: expected a whole tar archive"),
        sqlite3.OperationalError("no such table: files"),
        tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor"),
        ResourceError("/another/place: expected room on the disk"),
        MemoryError(),
        KeyboardInterrupt(),
    ],
)
def test_other_errors_are_unchanged(error: BaseException) -> None:
    with pytest.raises(type(error)) as caught, room_in("/a/place", "or wait"):
        raise error
    assert caught.value is error


def write_records(path: str) -> None:
    with tf.io.TFRecordWriter(path) as writer:
        writer.write(b"1")


@pytest.mark.skipif(not FULL.is_char_device(), reason="this system has no /dev/full")
def test_the_actual_errors_of_a_full_disk_are_recognized() -> None:
    for write in (
        lambda: FULL.write_bytes(b"1"),
        lambda: write_records(str(FULL)),
        lambda: sqlite3.connect(FULL).execute("CREATE TABLE a (b)"),
    ):
        with pytest.raises(ResourceError, match="writing stopped with "), room_in("a", "b"):
            write()


def test_the_folder_for_temporary_files_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(ResourceError) as caught, room_for_temporary_files():
        raise OSError(errno.ENOSPC, "No space left on device")
    assert str(caught.value).startswith(f"{tmp_path}: expected room on the disk; ")
    assert str(caught.value).endswith("or set TMPDIR to a folder on a larger disk.")
