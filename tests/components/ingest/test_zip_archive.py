"""Hostile and unusual zip archives: rejected members, damage that stops reading, valid cases."""

import io
import random
import stat
import struct
import tracemalloc
import zipfile
from typing import Any

import pytest

from components.ingest.archives.archive import read_members
from components.ingest.archives.limits import DEFAULT_LIMITS, ArchiveLimitError, ArchiveLimits
from components.ingest.archives.member import DamagedArchiveError, Member

LINK = "a symbolic link, which an archive must not contain"
DEVICE = "a device or a pipe, which an archive must not contain"
NO_FILE = "neither a file nor a folder, which an archive must not contain"
MIB = 1 << 20
# Offsets of the same fields in the two headers of a member.
LOCAL = {"flags": 6, "crc": 14, "size": 22}
CENTRAL = {"flags": 8, "crc": 16, "size": 24}


def entry(name: str, content: bytes = b"1", **fields: Any) -> tuple[zipfile.ZipInfo, bytes]:
    info = zipfile.ZipInfo(name)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, content


def of_mode(mode: int) -> dict[str, int]:
    return {"create_system": 3, "external_attr": mode << 16}


def pack(*entries: tuple[zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for info, content in entries:
            archive.writestr(info, content, compress_type=method)
    return file.getvalue()


def read(archive: bytes, limits: ArchiveLimits = DEFAULT_LIMITS) -> list[Member]:
    return list(read_members("f.zip", io.BytesIO(archive), limits))


def with_field(archive: bytes, field: str, form: str, value: int) -> bytes:
    """Replaces a field of the first member in both of its headers."""
    changed = bytearray(archive)
    struct.pack_into(form, changed, changed.index(b"PK\3\4") + LOCAL[field], value)
    struct.pack_into(form, changed, changed.index(b"PK\1\2") + CENTRAL[field], value)
    return bytes(changed)


UNSAFE = {
    "symbolic link": (entry("f", b"a.jpg", **of_mode(stat.S_IFLNK | 0o777)), LINK),
    "link to outside": (entry("f", b"/etc/passwd", **of_mode(stat.S_IFLNK)), LINK),
    "character device": (entry("f", **of_mode(stat.S_IFCHR)), DEVICE),
    "block device": (entry("f", **of_mode(stat.S_IFBLK)), DEVICE),
    "pipe": (entry("f", **of_mode(stat.S_IFIFO)), DEVICE),
    "socket": (entry("f", **of_mode(stat.S_IFSOCK)), DEVICE),
    "folder with bytes": (entry("f.jpg/", b"picture"), NO_FILE),
    "absolute": (entry("/etc/f.jpg"), "expected a relative path; found '/etc/f.jpg'"),
    "no name": (
        entry("f", filename="", orig_filename=""),
        "expected a relative path; found ''",
    ),
    "drive": (entry("C:/f.jpg"), "expected a relative path; found 'C:/f.jpg'"),
    "dotted": (
        entry("../f.jpg"),
        "expected a path that stays inside the archive; found '../f.jpg'",
    ),
    "absolute with backslashes": (
        entry(r"\\host\f.jpg"),
        r"expected a relative path; found '\\\\host\\f.jpg'",
    ),
    "drive with backslashes": (
        entry(r"C:\f.jpg"),
        r"expected a relative path; found 'C:\\f.jpg'",
    ),
    "dotted with backslashes": (
        entry(r"a\..\..\f.jpg"),
        r"expected a path that stays inside the archive; found 'a\\..\\..\\f.jpg'",
    ),
    "folder with backslashes and bytes": (entry("f.jpg\\", b"picture"), NO_FILE),
    "NUL": (
        entry("f.jpg", filename="f\0.jpg", orig_filename="f\0.jpg"),
        r"expected a path without NULs; found 'f\x00.jpg'",
    ),
}


@pytest.mark.parametrize("kind", UNSAFE)
def test_an_unsafe_member_is_rejected_and_the_rest_is_read(kind: str) -> None:
    hostile, error = UNSAFE[kind]
    first, refused, last = read(pack(entry("a/1.jpg"), hostile, entry("a/2.jpg")))
    assert (first, last) == (Member("a/1.jpg", b"1"), Member("a/2.jpg", b"1"))
    assert (refused.data, refused.reason, refused.error) == (None, "unsafe-archive-member", error)


def test_backslashes_separate_folders_like_slashes() -> None:
    archive = pack(entry("a\\", b""), entry(r"a\b\1.jpg"), entry(r"a\b/2.jpg"))
    assert read(archive) == [Member("a/b/1.jpg", b"1"), Member("a/b/2.jpg", b"1")]


def test_a_member_that_is_too_large_is_rejected() -> None:
    archive = pack(entry("big", b"1" * 5000), entry("small"))
    big, small = read(archive, ArchiveLimits(max_member_bytes=4999))
    assert big == Member.unsafe(
        "big", "expected at most 4,999 bytes (ingest.archives.max_member_bytes); found 5,000"
    )
    assert small == Member("small", b"1")
    assert read(archive, ArchiveLimits(max_member_bytes=5000))[0].data == b"1" * 5000


def test_a_bomb_is_rejected_and_the_rest_is_read() -> None:
    archive = pack(entry("bomb", bytes(20 * MIB)), entry("f"), method=zipfile.ZIP_DEFLATED)
    bomb, good = read(archive)
    assert (bomb.data, bomb.reason) == (None, "unsafe-archive-member")
    assert bomb.error.startswith(
        "expected at most 100 bytes for each compressed byte (ingest.archives.max_ratio); "
        "found 20,971,520 of "
    )
    assert good.data == b"1"
    assert len(read(archive, ArchiveLimits(max_ratio=1100))[0].data or b"") == 20 * MIB


NAMES = (
    "./faces/1.jpg",
    "faces//1.jpg",
    "...",
    "a..b/c..jpg",
    "naïve 中.jpg",
    "two\nlines.jpg",
    "\u202egpj.exe",
    "n" * 255,
    "long/" * 200 + "n.jpg",
    " ",
    "inner.zip",
    "!",
)


def test_unusual_but_safe_names_are_kept() -> None:
    assert read(pack(*map(entry, NAMES))) == [Member(name, b"1") for name in NAMES]


def test_a_name_with_invalid_utf8_stops_reading() -> None:
    archive = pack(entry("é.jpg"))
    with pytest.raises(DamagedArchiveError, match="codec can't decode"):
        read(archive.replace("é".encode(), b"\xff\xff"))
    # Without the flag, each byte is a character of zip's original code page.
    (member,) = read(with_field(archive, "flags", "<H", 0))
    assert member == Member("é.jpg".encode().decode("cp437"), b"1")


def test_members_with_the_same_name_are_read_and_folders_are_skipped() -> None:
    archive = pack(entry("a/", b""), entry("a/1", b"1"), entry("../", b""), entry("a/1", b"2"))
    assert read(archive) == [Member("a/1", b"1"), Member("a/1", b"2")]
    assert read(pack()) == []
    assert read(pack(entry("a", b""))) == [Member("a", b"")]


class Pipe(io.BytesIO):
    """Is not seekable, so Python writes the sizes after the bytes."""

    def seekable(self) -> bool:
        return False

    def seek(self, place: int, whence: int = 0) -> int:
        raise OSError("a pipe")

    def tell(self) -> int:
        raise OSError("a pipe")


def test_sizes_after_the_bytes_and_sizes_of_8_bytes_are_read() -> None:
    for target, large in ((Pipe(), False), (io.BytesIO(), True), (Pipe(), True)):
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in ("f", "g"):
                with archive.open(name, "w", force_zip64=large) as file:
                    file.write(name.encode() * 1000)
        assert read(target.getvalue()) == [Member("f", b"f" * 1000), Member("g", b"g" * 1000)]


def test_bytes_before_the_archive_and_a_comment_after_it_are_ignored() -> None:
    file = io.BytesIO(b"#!/bin/sh\n")
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("f", "1")
        archive.comment = b"PK\5\5 a comment" * 9
    assert read(file.getvalue()) == [Member("f", b"1")]


def test_too_many_members_stop_reading() -> None:
    archive = pack(entry("a/", b""), *map(entry, "bcdef"))
    assert len(read(archive, ArchiveLimits(max_members=6))) == 5
    with pytest.raises(ArchiveLimitError) as caught:
        read(archive, ArchiveLimits(max_members=5))
    assert str(caught.value) == (
        "expected an archive of at most 5 members; found 6. If you trust it, raise "
        "ingest.archives.max_members."
    )


def test_a_directory_that_is_too_large_is_not_read() -> None:
    archive = pack(*(entry(f"{number}") for number in range(2000)))
    with pytest.raises(ArchiveLimitError) as caught:
        read(archive, ArchiveLimits(max_members=5))
    assert str(caught.value) == (
        "expected an archive of at most 5 members; found a directory of 98,890 bytes. If you trust "
        "it, raise ingest.archives.max_members."
    )


def test_too_many_bytes_are_rejected_before_any_member_is_read() -> None:
    archive = pack(*(entry(name, b"1" * 1000) for name in "abcd"), entry("../e", b"1" * 1000))
    assert len(read(archive, ArchiveLimits(max_total_bytes=4000))) == 5
    with pytest.raises(ArchiveLimitError) as caught:
        next(read_members("f.zip", io.BytesIO(archive), ArchiveLimits(max_total_bytes=3999)))
    assert str(caught.value) == (
        "expected an archive of at most 3,999 uncompressed bytes; found 4,000. If you trust it, "
        "raise ingest.archives.max_total_bytes."
    )


def test_members_are_read_on_demand_and_held_one_at_a_time() -> None:
    content = random.Random(1).randbytes(MIB)
    archive = pack(*(entry(f"{number}", content) for number in range(60)))
    file = io.BytesIO(archive)
    members = read_members("f.zip", file, DEFAULT_LIMITS)
    tracemalloc.start()
    for number, member in enumerate(members, start=1):
        assert member.data == content
        assert file.tell() < number * (MIB + 100)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert number == 60
    assert peak < 6 * MIB
