"""Reads a zip by its central directory, which lies at its end; each member independently."""

import io
import stat
import zipfile
from collections.abc import Iterator
from typing import IO, Any

from components.ingest.archives import member as archive_member
from components.ingest.archives.limits import SETTINGS, ArchiveLimits
from components.ingest.archives.member import Member, with_slashes

# With other methods, Python may decompress any number of bytes in one call.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
# Allowed bytes of a directory entry, on average: enough for a path of about 80 letters.
_MAX_BYTES_A_MEMBER = 128
# The end-of-directory record, with a comment.
_MAX_END_BYTES = 22 + (1 << 16)
# The header before the bytes of a member, without its name.
_LEAST_HEADER_BYTES = 30


class _Bounded:
    """A file from which Python reads the whole directory, unless it is too large."""

    def __init__(self, file: IO[bytes], limits: ArchiveLimits):
        self._file = file
        self._limits = limits

    def read(self, size: int = -1) -> bytes:
        if size > self._limits.max_members * _MAX_BYTES_A_MEMBER + _MAX_END_BYTES:
            self._limits.check_members(size, f"a directory of {size:,} bytes")
        data = self._file.read(size)
        self._limits.check_members(data.count(b"PK\1\2"))
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def read_members(file: IO[bytes], limits: ArchiveLimits) -> Iterator[Member]:
    """Yields the members of a zip in the order of its directory; see archive.read_members."""
    bounded: Any = _Bounded(file, limits)
    archive = zipfile.ZipFile(bounded)
    archive.fp = file
    _check_count(file, len(archive.infolist()))
    overlaps = _find_overlaps(archive)
    members = [
        (member, archive_member.SHARED if place in overlaps else _refusal(member, limits))
        for place, member in enumerate(archive.infolist())
    ]
    sizes = [(member.file_size, member.compress_size) for member, error in members if not error]
    limits.check_bytes(sum(size for size, _ in sizes), sum(packed for _, packed in sizes))
    for member, error in members:
        if not _is_folder(member) or member.file_size:
            yield Member.unsafe(member.orig_filename, error) if error else _read(archive, member)


def _check_count(file: IO[bytes], found: int) -> None:
    """Raises if the directory lacks members, which Python does not check."""
    file.seek(0, io.SEEK_END)
    file.seek(max(0, file.tell() - _MAX_END_BYTES))
    declared = int.from_bytes(file.read().rpartition(b"PK\5\6")[2][6:8], "little")
    # If the number does not fit into two bytes, tools write it modulo 65,536, or 65,535.
    if declared not in (found % (1 << 16), (1 << 16) - 1):
        raise zipfile.BadZipFile(f"expected {declared:,} members; found {found:,}")


def _find_overlaps(archive: zipfile.ZipFile) -> set[int]:
    """Returns the positions in the directory of members that overlap the next member.

    Overlaps let a few bytes act as any number of members. Only some Python versions refuse them,
    and of several members that start at the same byte, Python reads the first.
    """
    spans = sorted(
        (member.header_offset, -place, member.compress_size)
        for place, member in enumerate(archive.infolist())
    )
    ends = [*(start for start, _, _ in spans[1:]), archive.start_dir]
    return {
        -place
        for (start, place, size), end in zip(spans, ends, strict=False)
        if start + _LEAST_HEADER_BYTES + size > end
    }


def _is_folder(member: zipfile.ZipInfo) -> bool:
    # Python's own is_dir fails on a member without a name.
    return with_slashes(member.orig_filename).endswith("/")


def _refusal(member: zipfile.ZipInfo, limits: ArchiveLimits) -> str:
    # Unix stores the mode here. Other systems leave it empty, and some tools ignore the system.
    mode = stat.S_IFMT(member.external_attr >> 16)
    if mode == stat.S_IFLNK:
        return archive_member.LINK
    if mode in (stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK):
        return archive_member.DEVICE
    if _is_folder(member):
        return archive_member.NO_FILE
    if limits.is_over_ratio(member.file_size, member.compress_size):
        return (
            f"expected at most {limits.max_ratio} bytes for each compressed byte "
            f"({SETTINGS}.max_ratio); found {member.file_size:,} of {member.compress_size:,}"
        )
    # Python's file name ends at the first NUL.
    return archive_member.refusal(member.orig_filename, member.file_size, limits)


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Member:
    try:
        if member.flag_bits & _ENCRYPTED:
            raise zipfile.BadZipFile("expected a file that can be read without a password")
        if member.compress_type not in _METHODS:
            raise zipfile.BadZipFile(
                f"expected a stored or deflated file; found method {member.compress_type}"
            )
        with archive.open(member) as content:
            # One byte more, because Python compares the checksum at the end. Without a size, Python
            # would decompress up to 2 GiB of a file that declares less.
            data = content.read(member.file_size + 1)
        if len(data) != member.file_size:
            raise zipfile.BadZipFile(f"expected {member.file_size:,} bytes; found {len(data):,}")
    except Exception as error:  # whatever is wrong with it, the member is counted
        return Member(with_slashes(member.orig_filename), None, f"{type(error).__name__}: {error}")
    return Member(with_slashes(member.orig_filename), data)
