"""Reads a tar so strictly that no damage goes unnoticed, and no bomb goes off."""

import contextlib
import tarfile
from collections.abc import Iterator
from typing import IO, Any

from components.errors import ResourceError
from components.ingest.archives import member as archive_member
from components.ingest.archives.decompression import decompress
from components.ingest.archives.limits import ArchiveLimitError, ArchiveLimits
from components.ingest.archives.member import (
    DamagedArchiveError,
    Member,
    UnexpectedFileError,
    with_slashes,
)
from components.ingest.archives.tar_headers import StrictTarInfo
from components.ingest.archives.tar_links import HardLinks, TarEntry, broken_link

_MAGIC_BYTES = 8
_CHUNK = 1 << 16
# The name of a file in the header of a gzip has no bound, and is read byte by byte.
_MOST_NAME_BYTES = 1 << 16


class _Counted:
    """Counts the bytes that are read."""

    def __init__(self, file: Any):
        self._file = file
        self.count = 0
        self._single_bytes = 0

    def read(self, size: int) -> bytes:
        self._single_bytes = self._single_bytes + 1 if size == 1 else 0
        if self._single_bytes > _MOST_NAME_BYTES:
            raise tarfile.ReadError(f"a gzip header of more than {_MOST_NAME_BYTES:,} bytes")
        data: bytes = self._file.read(size)
        self.count += len(data)
        return data


class _Metered:
    """Holds what comes out of a stream against what went into it."""

    def __init__(self, stream: Any, compressed: _Counted, limits: ArchiveLimits):
        self._stream = _Counted(stream)
        self._compressed = compressed
        self._limits = limits
        self._copied = 0

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self._check()
        return data

    def add_copy(self, size: int) -> None:
        """Counts bytes that are handed out once more."""
        self._copied += size
        self._check()

    def _check(self) -> None:
        total = self._stream.count + self._copied
        self._limits.check_total(total)
        self._limits.check_ratio(total, self._compressed.count)


def read_members(file: IO[bytes], limits: ArchiveLimits) -> Iterator[Member]:
    """Yields the members of a tar, compressed or not, in their order.

    A hard link is a copy of the member that it names, as it is in a folder. The archive is read
    again to find those members, once, and only if there are links.

    Args:
      file: the archive from its first byte; seekable.
      limits: what the archive may hold.

    Raises:
      DamagedArchiveError: at the end at the latest, if anything is wrong.
      ArchiveLimitError: if the archive as a whole goes over a limit.
      ResourceError: if there is no room for what hard links name.
      UnexpectedFileError: if nothing that is installed can uncompress it.
    """
    try:
        yield from _read(file, limits)
    except (ArchiveLimitError, ResourceError, UnexpectedFileError):
        raise
    except Exception as error:  # what Python's reader raises on hostile bytes has no common class
        raise DamagedArchiveError(str(error) or type(error).__name__) from error


def _read(file: IO[bytes], limits: ArchiveLimits) -> Iterator[Member]:
    stream = _open(file, limits)
    with contextlib.closing(HardLinks(lambda: _read_again(file, limits))) as links:
        for entry in _walk(stream, limits):
            if entry.refusal:
                yield Member.unsafe(entry.info.name, entry.refusal)
            elif entry.info.islnk():
                yield _copy(entry, links, stream)
            elif not entry.info.isdir():
                yield Member(with_slashes(entry.info.name), entry.read())


def _copy(link: TarEntry, links: HardLinks, stream: _Metered) -> Member:
    data = links.read(link)
    if data is None:
        return Member.unsafe(link.info.name, broken_link(link.info.linkname))
    stream.add_copy(len(data))
    return Member(with_slashes(link.info.name), data)


def _read_again(file: IO[bytes], limits: ArchiveLimits) -> Iterator[TarEntry]:
    place = file.tell()
    yield from _walk(_open(file, limits), limits)
    file.seek(place)


def _open(file: IO[bytes], limits: ArchiveLimits) -> _Metered:
    """Returns the uncompressed bytes of an archive, from the first one on."""
    file.seek(0)
    magic = file.read(_MAGIC_BYTES)
    file.seek(0)
    counted = _Counted(file)
    return _Metered(decompress(counted, magic), counted, limits)


def _walk(stream: Any, limits: ArchiveLimits) -> Iterator[TarEntry]:
    """Yields what an archive holds, folders too; an entry can be read until the next one."""
    with tarfile.open(fileobj=stream, mode="r|", tarinfo=StrictTarInfo, encoding="utf-8") as tar:
        for count, member in enumerate(tar, start=1):
            # They would be kept for as long as the archive is open.
            tar.members.clear()  # type: ignore[attr-defined]
            if member.size < 0:
                raise tarfile.ReadError(f"damaged header: {member.size:,} bytes")
            limits.check_members(count)
            yield TarEntry(count, member, _refusal(member, limits), tar)
            _skip_to_next(tar)
        # gzip keeps its checksum at the very end, behind the padding of the tar.
        while rest := tar.fileobj.read(_CHUNK):
            if rest.strip(b"\0"):
                raise tarfile.ReadError("bytes behind the end of the archive")


def _skip_to_next(tar: Any) -> None:
    """Reads on to where the next header is expected.

    Python would do so itself, but goes on behind the end of the file: for years, if a size says so.

    Raises:
      ReadError: if the archive ends before.
    """
    while (left := tar.offset - tar.fileobj.tell()) > 0:
        if not tar.fileobj.read(min(left, _CHUNK)):
            raise tarfile.ReadError("unexpected end of data")


def _refusal(member: tarfile.TarInfo, limits: ArchiveLimits) -> str:
    if member.isdir():
        return ""
    if member.issym():
        return archive_member.LINK
    if member.isdev():
        return archive_member.DEVICE
    # The holes of a sparse file cost nothing in the archive and any amount of memory here.
    if not (member.isreg() or member.islnk()) or member.issparse():
        return archive_member.NO_FILE
    return archive_member.refusal(member.name, member.size, limits)
