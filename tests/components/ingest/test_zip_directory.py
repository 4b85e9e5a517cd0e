"""Zip directories with false numbers, sizes or places of members."""

import copy
import io
import struct
import tracemalloc
import zipfile
import zlib

import pytest

from components.ingest.archives.limits import ArchiveLimitError, ArchiveLimits
from components.ingest.archives.member import SHARED, DamagedArchiveError, Member
from tests.components.ingest.test_zip_archive import MIB, entry, pack, read

DEFLATED = zipfile.ZIP_DEFLATED
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END = struct.Struct("<4sHHHHIIH")
_MOST = 0xFFFFFFFF


def local_header(name: bytes, packed: bytes, content: bytes) -> bytes:
    fields = (20, 0, DEFLATED, 0, 0, zlib.crc32(content), len(packed), len(content), len(name), 0)
    return _LOCAL.pack(b"PK\3\4", *fields) + name


def central_header(
    name: bytes = b"",
    packed: bytes = b"",
    content: bytes = b"",
    offset: int = 0,
    extra: bytes = b"",
) -> bytes:
    sizes = (zlib.crc32(content), len(packed), len(content), len(name), len(extra))
    fields = (20, 20, 0, DEFLATED, 0, 0, *sizes, 0, 0, 0, 0, offset)
    return _CENTRAL.pack(b"PK\1\2", *fields) + name + extra


def end(members: int, directory: bytes, offset: int) -> bytes:
    return _END.pack(b"PK\5\6", 0, 0, members, members, len(directory), offset, 0)


def quoted_overlap(members: int, size: int) -> bytes:
    """Returns a bomb after David Fifield: each member quotes the header of the next member.

    All members therefore share the bytes of the last member. Each member has its own header, so
    older checks for members that share bytes do not detect the bomb.
    """
    content = bytes(size)
    packing = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packing.compress(content) + packing.flush()
    files = [(b"%04d.jpg" % (members - 1), packed, content)]
    for number in reversed(range(members - 1)):
        header = local_header(*files[0])
        quote = b"\0" + struct.pack("<HH", len(header), len(header) ^ 0xFFFF) + header
        files.insert(0, (b"%04d.jpg" % number, quote + files[0][1], header + files[0][2]))
    data = local_header(*files[0]) + files[0][1]
    offsets = [number * (_LOCAL.size + len(files[0][0]) + 5) for number in range(members)]
    directory = b"".join(
        central_header(*file, offset) for file, offset in zip(files, offsets, strict=True)
    )
    return data + directory + end(members, directory, len(data))


def test_members_that_quote_each_other_are_rejected_except_the_last() -> None:
    archive = quoted_overlap(60, 15 * MIB)
    assert len(archive) < 30_000
    tracemalloc.start()
    *refused, last = read(archive)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert refused == [Member.unsafe(f"{number:04d}.jpg", SHARED) for number in range(59)]
    assert last == Member("0059.jpg", bytes(15 * MIB))
    assert peak < 40 * MIB


def test_members_that_share_all_bytes_are_rejected_except_the_first() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("f", "1" * 1000)
        archive.filelist += [copy.copy(archive.filelist[0]) for _ in range(99)]
    first, *refused = read(file.getvalue(), ArchiveLimits(max_total_bytes=1000))
    assert first == Member("f", b"1" * 1000)
    assert refused == [Member.unsafe("f", SHARED)] * 99


def test_a_member_that_overlaps_the_directory_is_rejected() -> None:
    archive = bytearray(pack(entry("f.jpg", b"1" * 50), entry("g.jpg", b"2" * 50)))
    place = archive.rindex(b"PK\1\2")
    struct.pack_into("<I", archive, place + 20, 90)
    first, last = read(bytes(archive))
    assert (first, last) == (Member("f.jpg", b"1" * 50), Member.unsafe("g.jpg", SHARED))


def test_members_that_are_a_bomb_only_together_stop_reading() -> None:
    archive = pack(*(entry(f"{number}", bytes(5 * MIB)) for number in range(5)), method=DEFLATED)
    with pytest.raises(
        ArchiveLimitError, match=r"found 26,214,400 of .* ingest.archives.max_ratio"
    ):
        read(archive)
    assert len(read(archive, ArchiveLimits(max_ratio=1100))) == 5


def test_more_members_than_16_bits_can_count_are_read() -> None:
    data, directory = local_header(b"", b"", b""), central_header() * 70_000
    for declared in (70_000 % 65_536, 65_535):
        assert len(read(data + directory + end(declared, directory, len(data)))) == 70_000
    with pytest.raises(DamagedArchiveError, match="expected 4,465 members; found 70,000"):
        read(data + directory + end(70_001 % 65_536, directory, len(data)))


LIES = {
    "size": ((_MOST, 1, 0), 1 << 62, "expected at most 100 bytes for each compressed byte"),
    "packed size": ((1, _MOST, 0), 1 << 62, SHARED),
    "place": ((1, 1, _MOST), 1 << 62, SHARED),
    "place before the beginning": ((1, 1, _MOST), (1 << 64) - 5, SHARED),
    "no large number": ((_MOST, 1, 0), None, "expected at most 100 bytes for each compressed byte"),
}


@pytest.mark.parametrize("kind", LIES)
def test_a_false_large_number_is_rejected_and_the_rest_is_read(kind: str) -> None:
    (size, packed_size, place), number, error = LIES[kind]
    extra = b"" if number is None else struct.pack("<HHQ", 1, 8, number)
    archive = pack(entry("f"), entry("g"))
    directory = archive.index(b"PK\1\2")
    lie = bytearray(archive[directory : directory + _CENTRAL.size + 1])
    struct.pack_into("<II", lie, 20, packed_size, size)
    struct.pack_into("<H", lie, 30, len(extra))
    struct.pack_into("<I", lie, 42, place)
    rest = archive[directory + len(lie) : -_END.size]
    changed = bytes(lie) + extra + rest
    refused, good = read(archive[:directory] + changed + end(2, changed, directory))
    assert (refused.name, refused.data, refused.reason) == ("f", None, "unsafe-archive-member")
    assert refused.error.startswith(error)
    assert good == Member("g", b"1")


def test_nameless_members_are_counted_before_memory_is_allocated() -> None:
    directory = central_header() * 40_000
    limits = ArchiveLimits(max_members=20_000)
    tracemalloc.start()
    with pytest.raises(ArchiveLimitError, match="found 40,000"):
        read(directory + end(40_000, directory, 0), limits)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * len(directory)
