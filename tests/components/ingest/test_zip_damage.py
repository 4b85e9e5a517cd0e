"""Damaged zips: damage to a single member, and damage that stops reading."""

import io
import random
import struct
import tracemalloc
import zipfile
from collections.abc import Callable

import pytest

from components.ingest.archives.member import DamagedArchiveError, Member
from tests.components.ingest.test_zip_archive import MIB, entry, pack, read, with_field

UNREADABLE = {
    "wrong checksum": (
        with_field(pack(entry("f.jpg"), entry("g.jpg")), "crc", "<I", 7),
        "BadZipFile: Bad CRC-32 for file 'f.jpg'",
    ),
    "encrypted": (
        with_field(pack(entry("f.jpg"), entry("g.jpg")), "flags", "<H", 1),
        "BadZipFile: expected a file that can be read without a password",
    ),
    "strongly encrypted": (
        with_field(pack(entry("f.jpg"), entry("g.jpg")), "flags", "<H", 0x40),
        "NotImplementedError: strong encryption (flag bit 6)",
    ),
    "patched": (
        with_field(pack(entry("f.jpg"), entry("g.jpg")), "flags", "<H", 0x20),
        "NotImplementedError: compressed patched data (flag bit 5)",
    ),
    "another method": (
        pack(entry("f.jpg"), entry("g.jpg"), method=zipfile.ZIP_LZMA),
        "BadZipFile: expected a stored or deflated file; found method 14",
    ),
    "two names": (
        pack(entry("f.jpg"), entry("g.jpg")).replace(b"f.jpg", b"e.jpg", 1),
        "BadZipFile: File name in directory 'f.jpg' and header b'e.jpg' differ.",
    ),
    "no header": (
        pack(entry("f.jpg"), entry("g.jpg")).replace(b"PK\3\4", b"PK\3\5", 1),
        "BadZipFile: Bad magic number for file header",
    ),
    "less than it declares": (
        with_field(pack(entry("f.jpg"), method=zipfile.ZIP_DEFLATED), "size", "<I", 9),
        "BadZipFile: expected 9 bytes; found 1",
    ),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_damaged_member_is_unreadable_and_the_rest_is_read(kind: str) -> None:
    archive, error = UNREADABLE[kind]
    refused, *rest = read(archive)
    assert (refused.name, refused.data, refused.reason) == ("f.jpg", None, "unreadable")
    assert refused.error == error
    if kind != "another method":
        assert all(member == Member("g.jpg", b"1") for member in rest)


def test_a_member_larger_than_it_declares_takes_no_memory() -> None:
    archive = with_field(
        pack(entry("f", bytes(60 * MIB)), method=zipfile.ZIP_DEFLATED), "size", "<I", 10
    )
    tracemalloc.start()
    (refused,) = read(archive)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (refused.data, refused.error) == (None, "BadZipFile: Bad CRC-32 for file 'f'")
    assert peak < MIB


SMALL = pack(
    *(entry(f"{i}.jpg", random.Random(i).randbytes(40 + i)) for i in range(3)),
    method=zipfile.ZIP_DEFLATED,
)


@pytest.mark.parametrize(
    "change", [lambda byte: byte ^ 1, lambda byte: byte ^ 0xFF, lambda byte: 0, lambda byte: 0x2F]
)
def test_no_changed_byte_gives_wrong_members(change: Callable[[int], int]) -> None:
    whole, unnoticed = read(SMALL), []
    for place in range(len(SMALL)):
        changed = bytearray(SMALL)
        changed[place] = change(changed[place])
        try:
            members = read(bytes(changed))
        except DamagedArchiveError:
            continue
        if len(members) != len(whole) or any(
            member.data not in (None, before.data) or (member.data and member.name != before.name)
            for member, before in zip(members, whole, strict=False)
        ):
            unnoticed.append(place)
    assert unnoticed == []


def test_a_directory_that_lacks_a_member_stops_reading() -> None:
    changed = bytearray(SMALL)
    struct.pack_into("<HH", changed, len(SMALL) - 14, 4, 4)
    with pytest.raises(DamagedArchiveError, match="expected 4 members; found 3"):
        read(bytes(changed))


def test_a_comment_that_looks_like_an_end_record_stops_reading() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("f", "1")
        archive.comment = b"PK\5\6"
    with pytest.raises(DamagedArchiveError):
        read(file.getvalue())
