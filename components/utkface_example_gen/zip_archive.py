"""Reads a zip by its directory, which lies at its end; each member by itself."""

import stat
import sys
import zipfile
from collections.abc import Iterator
from typing import IO, Any

from components.utkface_example_gen import archive_member
from components.utkface_example_gen.archive_limits import (
    SETTINGS,
    ArchiveLimitError,
    ArchiveLimits,
)
from components.utkface_example_gen.archive_member import DamagedArchiveError, Member

# Python reads the directory whole. This leaves room for paths of some 80 letters.
_DIRECTORY_BYTES_A_MEMBER = 128
# Of the others Python makes any number of bytes in one call.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
# The record at the very end, behind which a comment of up to 64 KiB may lie.
_END = b"PK\x05\x06"
_END_BYTES = 22
_COMMENT_BYTES = 1 << 16
_MANY = 0xFFFF


class _Guarded:
    """A file of which no more than so much is read at once."""

    def __init__(self, file: Any, limits: ArchiveLimits):
        self._file = file
        self._limits = limits
        self.most = limits.max_members * _DIRECTORY_BYTES_A_MEMBER + _COMMENT_BYTES

    def read(self, size: int = -1) -> bytes:
        if size > self.most:
            raise self._limits.exceeded(
                "max_members",
                f"{self._limits.max_members:,} members",
                f"a directory of {size:,} bytes",
            )
        data: bytes = self._file.read(size)
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def read_members(file: IO[bytes], limits: ArchiveLimits) -> Iterator[Member]:
    """Yields the members of a .zip in the order of its directory.

    Args:
      file: the archive; seekable.
      limits: what the archive may hold.

    Raises:
      DamagedArchiveError: before any member, if the directory is damaged or missing. A
        member that is damaged is yielded without its bytes: the others are not affected.
      ArchiveLimitError: before any member, if the archive as a whole goes over a limit.
    """
    guarded: Any = _Guarded(file, limits)
    try:
        archive = zipfile.ZipFile(guarded)
        members = archive.infolist()
        _check_count(file, len(members))
    except ArchiveLimitError:
        raise
    except Exception as error:  # what Python's reader raises on hostile bytes has no common class
        raise DamagedArchiveError(str(error) or type(error).__name__) from error
    guarded.most = sys.maxsize
    limits.check_members(len(members))
    refusals = [_refusal(member, limits) for member in members]
    limits.check_total(
        sum(member.file_size for member, why in zip(members, refusals, strict=True) if not why)
    )
    with archive:
        for member, why in zip(members, refusals, strict=True):
            if _is_folder(member) and not member.file_size:
                continue
            yield Member.unsafe(member.orig_filename, why) if why else _read(archive, member)


def _check_count(file: IO[bytes], found: int) -> None:
    """Raises if the directory holds another number of members than the archive says.

    Raises:
      BadZipFile: as Python's reader does, which does not look at the number.
    """
    file.seek(0, 2)
    file.seek(max(file.tell() - _COMMENT_BYTES - _END_BYTES, 0))
    tail = file.read()
    end = tail[-_END_BYTES:]
    if end[:4] != _END or end[-2:] != b"\0\0":
        start = tail.rfind(_END)
        end = tail[start : start + _END_BYTES]
    declared = int.from_bytes(end[10:12], "little")
    # Of more than fit into its place some tools write what is left over.
    if declared != found % (_MANY + 1) and declared != _MANY:
        raise zipfile.BadZipFile(f"expected {declared:,} members; found {found:,}")


def _is_folder(member: zipfile.ZipInfo) -> bool:
    # Python's own is_dir fails on a member without a name.
    return member.orig_filename.endswith("/")


def _refusal(member: zipfile.ZipInfo, limits: ArchiveLimits) -> str:
    # Where Unix keeps the mode. Other systems leave it empty, and not all tools ask which it was.
    mode = stat.S_IFMT(member.external_attr >> 16)
    if mode == stat.S_IFLNK:
        return archive_member.LINK
    if mode in (stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK):
        return archive_member.DEVICE
    if _is_folder(member) and member.file_size:
        return archive_member.NO_FILE
    if limits.is_over_ratio(member.file_size, member.compress_size):
        return (
            f"expected at most {limits.max_ratio} bytes for each compressed one "
            f"({SETTINGS}.max_ratio); found {member.file_size:,} of {member.compress_size:,}"
        )
    # Python cuts what it calls the file name at the first NUL.
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
            # One more, as the checksum is compared at the end. Without a number, Python would
            # make up to 2 GiB of a file that declares less.
            data = content.read(member.file_size + 1)
        if len(data) != member.file_size:
            raise zipfile.BadZipFile(f"expected {member.file_size:,} bytes; found {len(data):,}")
    except Exception as error:  # whatever is wrong with it, the member is counted
        return Member(member.orig_filename, None, f"{type(error).__name__}: {error}")
    return Member(member.orig_filename, data)
