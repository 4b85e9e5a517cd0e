"""Long or numerous tar headers that would stall Python's reader or fill the memory."""

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

# Size limit of all headers of one member.
LIMIT = 1 << 14
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
    struct.pack_into("12s12s", header, 386, b"%011o\0" % (1 << 30), b"%011o\0" % 0)
    header[482] = extended
    header[483:495] = b"%011o\0" % (1 << 30)
    return with_size(bytes(header), b"%011o\0" % 0)


ENDLESS = {
    "a number": pack(attributes(b"9" * LIMIT), LAST),
    "attributes in one another": pack(attributes(b"2 " * (LIMIT // 2 - 1) + b"a="), LAST),
    "attributes in a chain": pack(*[attributes(many(0, 700))] * 100, LAST),
    "attributes of all": pack(
        *(
            header
            for number in range(40)
            for header in (attributes(many(600 * number, 600), tarfile.XGLTYPE), LAST)
        )
    ),
    "a long name": pack(entry("f", b"n" * LIMIT, type=tarfile.GNUTYPE_LONGNAME), LAST),
    "a chain of long names": pack(*[entry("f", b"n", type=tarfile.GNUTYPE_LONGNAME)] * 100, LAST),
    "a list of holes": old_sparse(True)
    + ((b"%011o\0" % 1) * 42 + b"\1" + bytes(7)) * (15 * MIB // 512)
    + pack(LAST),
    "a list of holes in a member": pack(
        entry("f", b"99999999\n" + b"1\n" * (7 * MIB), pax_headers=SPARSE), LAST
    ),
}


@pytest.mark.parametrize("kind", ENDLESS)
@pytest.mark.parametrize("compress", [bytes, lambda archive: gzip.compress(archive, 1)])
def test_endless_headers_stop_reading(kind: str, compress: Callable[[bytes], bytes]) -> None:
    archive = compress(ENDLESS[kind])
    tracemalloc.start()
    try:
        with pytest.raises(DamagedArchiveError, match="damaged header: "):
            read(archive)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 12 * MIB


@pytest.mark.parametrize(
    "content",
    [
        b"9" * (LIMIT - 2048),
        attribute(b"a", b"9" * (LIMIT - 2048)),
        b"2 " * (LIMIT // 2 - 1024) + b"a=",
        many(0, 700),
    ],
)
def test_the_longest_allowed_headers_are_read_within_seconds(content: bytes) -> None:
    start = time.perf_counter()
    try:
        *_, last = read(pack(attributes(content), LAST, LAST))
        assert last == Member("f.jpg", b"picture")
    except DamagedArchiveError:
        pass  # newer Python versions reject such headers
    # More is a hang, even on a busy machine.
    assert time.perf_counter() - start < 20


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


def test_a_sparse_file_is_rejected_and_the_rest_is_read() -> None:
    holes = entry("f", b"2\n0\n1\n512\n1\n".ljust(512, b"\0") + b"12", pax_headers=SPARSE)
    assert read(pack(holes, LAST)) == [Member.unsafe("f", NO_FILE), Member("f.jpg", b"picture")]
    extended = (b"%011o\0" % 1) * 42 + bytes(8)
    for archive in (old_sparse(True) + extended + pack(LAST), old_sparse(False) + pack(LAST)):
        first, last = read(archive)
        assert (first.error, last) == (NO_FILE, Member("f.jpg", b"picture"))


def test_a_gzip_with_an_unterminated_name_is_damaged() -> None:
    with pytest.raises(DamagedArchiveError, match="ended before the end-of-stream marker"):
        read(b"\x1f\x8b\x08\x08" + bytes(6) + b"n" * MIB)


def test_a_gzip_with_a_name_is_read() -> None:
    named = b"\x1f\x8b\x08\x08" + bytes(6) + b"n" * 60_000 + b"\0" + gzip.compress(pack(LAST))[10:]
    assert read(named) == [Member("f.jpg", b"picture")]
