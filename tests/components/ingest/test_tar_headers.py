"""Headers of a few kilobytes that keep Python's reader busy for hours, or fill any memory."""

import gzip
import struct
import tarfile
import time
import tracemalloc
from collections.abc import Callable

import pytest

from components.ingest.archives.member import DamagedArchiveError, Member
from tests.components.ingest.test_tar_archive import (
    MIB,
    NO_FILE,
    SPARSE,
    entry,
    pack,
    read,
    with_size,
)

LIMIT = 1 << 16
LAST = entry("f.jpg", b"picture")


def attribute(keyword: bytes, value: bytes) -> bytes:
    rest = b" " + keyword + b"=" + value + b"\n"
    size = len(rest)
    while len(str(size)) + len(rest) != size:
        size = len(str(size)) + len(rest)
    return str(size).encode() + rest


def attributes(content: bytes, kind: bytes = tarfile.XHDTYPE) -> tuple[tarfile.TarInfo, bytes]:
    return entry("f", content, type=kind)


def many(first: int, count: int) -> bytes:
    return b"".join(attribute(b"%x" % number, b"") for number in range(first, first + count))


def old_sparse(extended: bool) -> bytes:
    header = bytearray(pack(entry("f", type=tarfile.GNUTYPE_SPARSE), form=tarfile.GNU_FORMAT)[:512])
    struct.pack_into("12s12s", header, 386, b"%011o\0" % 1, b"%011o\0" % 1)
    header[482] = extended
    return with_size(bytes(header), b"%011o\0" % 0)


# Each takes Python 3.10 minutes, or hundreds of megabytes, or would if it were but a little longer.
SLOW = {
    "a number without an end": pack(attributes(b"9" * LIMIT), LAST),
    "a long number in a value": pack(
        attributes(attribute(b"a", b"9" * (LIMIT - 9)), tarfile.XGLTYPE), LAST
    ),
    "attributes in one another": pack(attributes(b"2 " * (LIMIT // 2 - 1) + b"a="), LAST),
    "attributes in a chain": pack(*[attributes(many(0, 7000))] * 100, LAST),
    "attributes of all": pack(
        *(attributes(many(5000 * number, 5000), tarfile.XGLTYPE) for number in range(40)), LAST
    ),
    "a chain of long names": pack(
        *[entry("f", b"n" * LIMIT, type=tarfile.GNUTYPE_LONGNAME)] * 100, LAST
    ),
    "a list of holes": old_sparse(True)
    + ((b"%011o\0" % 1) * 42 + b"\1" + bytes(7)) * (15 * MIB // 512)
    + pack(LAST),
    "attributes longer than allowed": pack(attributes(attribute(b"a", b"b" * LIMIT)), LAST),
}


@pytest.mark.parametrize("kind", SLOW)
@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_a_header_that_keeps_a_reader_busy_stops_the_reading(
    kind: str, compress: Callable[[bytes], bytes]
) -> None:
    archive = compress(SLOW[kind])
    tracemalloc.start()
    start = time.perf_counter()
    with pytest.raises(DamagedArchiveError):
        read(archive)
    seconds = time.perf_counter() - start
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # A hang, on however busy a machine.
    assert seconds < 20
    assert peak < 12 * MIB


@pytest.mark.parametrize(
    "wrong",
    [
        b"abc",
        b"5 a=b\n",
        b"7 a=b\n",
        b"6 a=bc\n",
        b"6 a:b\n",
        b"3 =\n",
        b"0 a=b\n",
        b"6 a=b\n\0\0x",
        b"6 a=b\n6 c=d\n5",
        b"9999999999 a=b\n",
    ],
)
def test_attributes_that_are_not_told_apart_stop_the_reading(wrong: bytes) -> None:
    with pytest.raises(DamagedArchiveError, match="attributes that are not told apart"):
        read(pack(attributes(wrong), LAST))


def test_attributes_that_tools_write_are_read() -> None:
    content = b"".join(
        (
            attribute(b"path", "faces/é\n=1.jpg".encode()),
            attribute(b"mtime", b"1484563525.125000000"),
            attribute(b"comment", b""),
            attribute(b"LIBARCHIVE.xattr.com.apple.quarantine", b"MDA4MTs="),
            attribute(b"SCHILY.xattr.user.x", bytes(range(256))),
            attribute(b"uid", b"9" * 20),
        )
    )
    commit = attribute(b"comment", b"0123456789abcdef" * 4)
    archive = pack(attributes(commit, tarfile.XGLTYPE), attributes(content), LAST, LAST)
    assert read(archive) == [Member("faces/é\n=1.jpg", b"picture"), Member("f.jpg", b"picture")]
    assert read(pack(attributes(content + bytes(5)), LAST))[0].name == "faces/é\n=1.jpg"


@pytest.mark.parametrize("numbers", [b"1\n" * 256, b"9" * 300 + b"\n" + b"1\n" * 105 + b"1"])
def test_a_list_of_holes_in_a_member_is_not_read(numbers: bytes) -> None:
    content = numbers * (14 * MIB // 512)
    archive = gzip.compress(pack(entry("f", content, pax_headers=SPARSE), LAST), 1)
    tracemalloc.start()
    holes, last = read(archive)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (holes, last) == (Member.unsafe("f", NO_FILE), Member("f.jpg", b"picture"))
    assert peak < 6 * MIB


def test_a_gzip_whose_name_has_no_end_stops_the_reading() -> None:
    with pytest.raises(DamagedArchiveError, match="a gzip header of more than 65,536 bytes"):
        read(b"\x1f\x8b\x08\x08" + bytes(6) + b"n" * 50 * MIB)


def test_a_gzip_with_a_name_is_read() -> None:
    named = b"\x1f\x8b\x08\x08" + bytes(6) + b"n" * 60_000 + b"\0" + gzip.compress(pack(LAST))[10:]
    assert read(named) == [Member("f.jpg", b"picture")]
