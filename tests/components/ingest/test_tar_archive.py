"""Hostile and unusual tar archives: rejected members, damage that stops reading, valid cases."""

import gzip
import io
import tarfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import pytest

from components.ingest.archives.archive import read_members
from components.ingest.archives.limits import DEFAULT_LIMITS, ArchiveLimitError, ArchiveLimits
from components.ingest.archives.member import DamagedArchiveError, Member

LINK = "a symbolic link, which an archive must not contain"
DEVICE = "a device or a pipe, which an archive must not contain"
NO_FILE = "neither a file nor a folder, which an archive must not contain"
MIB = 1 << 20


def entry(name: str, content: bytes = b"", **fields: Any) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, content


def pack(*entries: tuple[tarfile.TarInfo, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    packed = [
        info.tobuf(form, "utf-8", "surrogateescape") + content + b"\0" * (-len(content) % 512)
        for info, content in entries
    ]
    return b"".join(packed) + bytes(1024)


def read(archive: bytes, limits: ArchiveLimits = DEFAULT_LIMITS) -> list[Member]:
    return list(read_members("f.tar", io.BytesIO(archive), limits))


def with_size(archive: bytes, size: bytes) -> bytes:
    """Replaces the size in the first header, 12 bytes, and updates the checksum."""
    header = bytearray(archive[:512])
    header[124:136] = size
    header[148:156] = b" " * 8
    header[148:156] = f"{sum(header):06o}\0 ".encode()
    return bytes(header) + archive[512:]


SPARSE = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": str(1 << 40)}
UNSAFE = {
    "symbolic link": (entry("f", type=tarfile.SYMTYPE, linkname="a.jpg"), LINK),
    "hard link to nothing": (
        entry("f", type=tarfile.LNKTYPE, linkname="a.jpg"),
        "expected a hard link to an earlier, readable file in the archive; found a link to 'a.jpg'",
    ),
    "hard link by an unsafe name": (
        entry("/f.jpg", type=tarfile.LNKTYPE, linkname="faces/1.jpg"),
        "expected a relative path; found '/f.jpg'",
    ),
    "link to outside": (entry("f", type=tarfile.SYMTYPE, linkname="/etc/passwd"), LINK),
    "character device": (entry("f", type=tarfile.CHRTYPE, devmajor=1, devminor=5), DEVICE),
    "block device": (entry("f", type=tarfile.BLKTYPE, devmajor=8), DEVICE),
    "pipe": (entry("f", type=tarfile.FIFOTYPE), DEVICE),
    "unknown kind": (entry("f", b"1", type=b"Z"), NO_FILE),
    "label of a volume": (entry("f", type=b"V"), NO_FILE),
    "sparse": (entry("f", b"1\n0\n0\n".ljust(512, b"\0"), pax_headers=SPARSE), NO_FILE),
    "sparse, listed in attributes": (
        entry("f", b"1", pax_headers={"GNU.sparse.map": "0,1", "GNU.sparse.size": str(1 << 40)}),
        NO_FILE,
    ),
    "hard link to outside": (
        entry("f", type=tarfile.LNKTYPE, linkname="../../etc/passwd"),
        "expected a hard link to an earlier, readable file in the archive; found "
        "a link to '../../etc/passwd'",
    ),
    "absolute": (entry("/etc/f.jpg", b"1"), "expected a relative path; found '/etc/f.jpg'"),
    "no name": (entry("", b"1"), "expected a relative path; found ''"),
    "drive": (entry("c:f.jpg", b"1"), "expected a relative path; found 'c:f.jpg'"),
    "dotted": (
        entry("a/../../f.jpg", b"1"),
        "expected a path that stays inside the archive; found 'a/../../f.jpg'",
    ),
    "two dots": (entry("..", b"1"), "expected a path that stays inside the archive; found '..'"),
    "backslash": (
        entry(r"..\f.jpg", b"1"),
        r"expected a path that stays inside the archive; found '..\\f.jpg'",
    ),
    "NUL": (
        entry("f", b"1", pax_headers={"path": "f\0.jpg"}),
        r"expected a path without NULs; found 'f\x00.jpg'",
    ),
}


@pytest.mark.parametrize("kind", UNSAFE)
def test_an_unsafe_member_is_rejected_and_the_rest_is_read(kind: str) -> None:
    hostile, error = UNSAFE[kind]
    good = entry("faces/1.jpg", b"picture")
    first, refused, last = read(pack(good, hostile, good))
    assert first == last == Member("faces/1.jpg", b"picture")
    assert (refused.data, refused.reason, refused.error) == (None, "unsafe-archive-member", error)


def test_backslashes_separate_folders_like_slashes() -> None:
    assert read(pack(entry(r"a\b\1.jpg", b"1"))) == [Member("a/b/1.jpg", b"1")]


def test_a_member_that_is_too_large_is_rejected() -> None:
    archive = pack(entry("big", b"1" * (4 * MIB)), entry("small", b"2"))
    big, small = read(archive, ArchiveLimits(max_member_bytes=4 * MIB - 1))
    assert big == Member.unsafe(
        "big",
        "expected at most 4,194,303 bytes (ingest.archives.max_member_bytes); found 4,194,304",
    )
    assert small == Member("small", b"2")
    assert read(archive, ArchiveLimits(max_member_bytes=4 * MIB))[0].data == b"1" * (4 * MIB)


NAMES = (
    "./faces/1.jpg",
    "faces//1.jpg",
    "...",
    "a..b/c..jpg",
    "naïve 中.jpg",
    "\udcff\udcfe.jpg",
    "two\nlines.jpg",
    "\u202egpj.exe",
    "n" * 255,
    "long/" * 200 + "n.jpg",
    " ",
    "-rf",
    "inner.tar.gz",
    "!",
)


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_unusual_but_safe_names_are_kept(form: int) -> None:
    archive = pack(*(entry(name, b"1") for name in NAMES), form=form)
    assert read(archive) == [Member(name, b"1") for name in NAMES]


def test_members_with_the_same_name_are_read_and_folders_are_skipped() -> None:
    archive = pack(
        entry("a", type=tarfile.DIRTYPE),
        entry("a/1.jpg", b"1"),
        entry("../a", type=tarfile.DIRTYPE),
        entry("a/1.jpg", b"2"),
        entry("a/0.jpg", b""),
    )
    assert [(name, data) for name, data, *_ in read(archive)] == [
        ("a/1.jpg", b"1"),
        ("a/1.jpg", b"2"),
        ("a/0.jpg", b""),
    ]
    assert read(pack()) == []


GOOD = pack(entry("f", b"1" * 600), entry("g", b"2"))
DAMAGED = {
    "a size too small": with_size(GOOD, b"%011o\0" % 100),
    "a size too large": with_size(GOOD, b"%011o\0" % 60_000),
    "a size of 8 EiB": with_size(GOOD, b"\x80" + (1 << 63).to_bytes(11, "big")),
    "a size below nothing": with_size(GOOD, b"\xff" * 12),
    "a size below nothing, longer": pack(entry("f", pax_headers={"size": "-1024"})),
    "a size of no number": pack(entry("f", b"1" * 600, pax_headers={"size": "1e3"})),
    "a name of 2 MiB": pack(entry("f", b"n" * 2 * MIB, type=tarfile.GNUTYPE_LONGNAME)),
    "attributes of 2 MiB": pack(entry("f", b"9" * 2 * MIB, type=tarfile.XHDTYPE)),
    "a name before a name": pack(*[entry("f", b"n", type=tarfile.GNUTYPE_LONGNAME)] * 5000),
    "sparse without a map": pack(entry("f", b"1", pax_headers=SPARSE), entry("g", b"1")),
    "a damaged header": GOOD[:1600] + b"1" + GOOD[1601:],
    "two archives in one": GOOD + GOOD,
    "a letter behind the end": GOOD + b"1",
    "no end": GOOD[:-1024],
}


@pytest.mark.parametrize("kind", DAMAGED)
@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_damage_that_makes_the_rest_unreliable_stops_reading(
    kind: str, compress: Callable[[bytes], bytes]
) -> None:
    with pytest.raises(DamagedArchiveError):
        read(compress(DAMAGED[kind]))


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_too_many_members_stop_reading(compress: Callable[[bytes], bytes]) -> None:
    archive = compress(pack(*[entry("f")] * 4, *[entry("d", type=tarfile.DIRTYPE)] * 2))
    assert len(read(archive, ArchiveLimits(max_members=6))) == 4
    with pytest.raises(ArchiveLimitError) as caught:
        read(archive, ArchiveLimits(max_members=5))
    assert str(caught.value) == (
        "expected an archive of at most 5 members; found 6. If you trust it, raise "
        "ingest.archives.max_members."
    )


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_too_many_bytes_stop_reading(compress: Callable[[bytes], bytes]) -> None:
    archive = pack(*[entry("f", b"1" * 1000)] * 40)
    total = len(archive)
    assert len(read(compress(archive), ArchiveLimits(max_total_bytes=total))) == 40
    with pytest.raises(ArchiveLimitError) as caught:
        read(compress(archive), ArchiveLimits(max_total_bytes=total - 1))
    assert str(caught.value) == (
        f"expected an archive of at most {total - 1:,} uncompressed bytes; found {total:,}. If you "
        "trust it, raise ingest.archives.max_total_bytes."
    )


BOMBS = {
    "in a member": entry("bomb.jpg", bytes(20 * MIB)),
    "in a member that is refused": entry("bomb.jpg", bytes(80 * MIB)),
    "in a link": entry("bomb.jpg", bytes(20 * MIB), type=b"Z"),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_a_decompression_bomb_stops_reading(kind: str) -> None:
    archive = gzip.compress(pack(BOMBS[kind]), 1)
    with pytest.raises(ArchiveLimitError) as caught:
        read(archive)
    assert str(caught.value).startswith(
        "expected an archive of at most 100 uncompressed bytes for each compressed byte; found 16,"
    )
    assert str(caught.value).endswith("If you trust it, raise ingest.archives.max_ratio.")


def test_a_bomb_after_the_end_of_the_archive_stops_reading() -> None:
    with pytest.raises(ArchiveLimitError, match="max_ratio"):
        read(gzip.compress(GOOD + bytes(20 * MIB)))


def test_small_files_may_compress_well() -> None:
    archive = gzip.compress(pack(*(entry(f"faces/{i}.jpg") for i in range(4000))))
    assert len(read(archive)) == 4000
    with pytest.raises(ArchiveLimitError, match="max_ratio"):
        read(archive, ArchiveLimits(max_ratio=10, ratio_floor_bytes=MIB))


class CountingFile(io.RawIOBase):
    """A tar with members of 1 MiB, made on demand; `place` is the read position."""

    def __init__(self, members: int):
        self._blocks = [*[pack(entry("f", bytes(MIB)))[: MIB + 512]] * members, bytes(1024)]
        self._size = sum(map(len, self._blocks))
        self.place = 0

    def read(self, size: int = -1) -> bytes:
        block, offset = divmod(self.place, len(self._blocks[0]))
        data = self._blocks[block][offset:][:size] if self.place < self._size else b""
        self.place += len(data)
        return data

    def seek(self, place: int, whence: int = 0) -> int:
        self.place = place
        return place

    def tell(self) -> int:
        return self.place


def test_members_are_read_on_demand_and_held_one_at_a_time() -> None:
    file: IO[bytes] = CountingFile(200)  # type: ignore[assignment]
    members = read_members("f.tar", file, DEFAULT_LIMITS)
    tracemalloc.start()
    for number, member in enumerate(members, start=1):
        assert len(member.data or b"") == MIB
        assert file.place < number * (MIB + 512) + 100_000  # type: ignore[attr-defined]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert number == 200
    assert peak < 6 * MIB


def test_a_member_rejected_for_its_size_takes_no_memory(tmp_path: Path) -> None:
    size = 300 * MIB
    archive = tmp_path / "f.tar"
    with archive.open("wb") as file:
        file.write(entry("big.jpg", size=size)[0].tobuf())
        file.truncate(512 + size)
        file.seek(0, io.SEEK_END)
        file.write(pack(entry("small.jpg", b"2")))
    assert archive.stat().st_blocks * 512 < MIB
    tracemalloc.start()
    with archive.open("rb") as opened:
        big, small = read_members("f.tar", opened, DEFAULT_LIMITS)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (big.data, small.data) == (None, b"2")
    assert peak < MIB
