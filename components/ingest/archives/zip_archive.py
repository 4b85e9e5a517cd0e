"""Reads a zip by its directory, which lies at its end; each member by itself."""

import stat
import zipfile
from collections.abc import Iterator
from typing import IO

from components.ingest.archives import member as archive_member
from components.ingest.archives import zip_directory
from components.ingest.archives.limits import SETTINGS, ArchiveLimits
from components.ingest.archives.member import Member, with_slashes

# Of the others Python makes any number of bytes in one call.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1


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
    archive = zip_directory.open_zip(file, limits)
    members = archive.infolist()
    overlaps = zip_directory.find_overlaps(archive)
    refusals = [
        archive_member.SHARED if place in overlaps else _refusal(member, limits)
        for place, member in enumerate(members)
    ]
    to_read = [member for member, why in zip(members, refusals, strict=True) if not why]
    total = sum(member.file_size for member in to_read)
    limits.check_total(total)
    limits.check_ratio(total, sum(member.compress_size for member in to_read))
    with archive:
        for member, why in zip(members, refusals, strict=True):
            if _is_folder(member) and not member.file_size:
                continue
            yield Member.unsafe(member.orig_filename, why) if why else _read(archive, member)


def _is_folder(member: zipfile.ZipInfo) -> bool:
    # Python's own is_dir fails on a member without a name.
    return with_slashes(member.orig_filename).endswith("/")


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
        return Member(with_slashes(member.orig_filename), None, f"{type(error).__name__}: {error}")
    return Member(with_slashes(member.orig_filename), data)
