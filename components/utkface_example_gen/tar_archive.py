"""Reads a tar so strictly that no damage goes unnoticed, and no bomb goes off."""

import gzip
import tarfile
from collections.abc import Iterator
from typing import IO, Any

from components.utkface_example_gen import archive_member
from components.utkface_example_gen.archive_limits import ArchiveLimitError, ArchiveLimits
from components.utkface_example_gen.archive_member import DamagedArchiveError, Member
from components.utkface_example_gen.tar_headers import StrictTarInfo

_GZIP_MAGIC = b"\x1f\x8b"
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

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self._limits.check_total(self._stream.count)
        self._limits.check_ratio(self._stream.count, self._compressed.count)
        return data


def read_members(file: IO[bytes], limits: ArchiveLimits) -> Iterator[Member]:
    """Yields the members of a .tar or .tar.gz in their order.

    Args:
      file: the archive from its first byte; need not be seekable beyond that.
      limits: what the archive may hold.

    Raises:
      DamagedArchiveError: at the end at the latest, if anything is wrong.
      ArchiveLimitError: if the archive as a whole goes over a limit.
    """
    try:
        compressed = file.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
        file.seek(0)
        counted: Any = _Counted(file)
        stream = gzip.GzipFile(fileobj=counted) if compressed else counted
        yield from _read(_Metered(stream, counted, limits), limits)
    except ArchiveLimitError:
        raise
    except Exception as error:  # what Python's reader raises on hostile bytes has no common class
        raise DamagedArchiveError(str(error) or type(error).__name__) from error


def _read(stream: Any, limits: ArchiveLimits) -> Iterator[Member]:
    with tarfile.open(fileobj=stream, mode="r|", tarinfo=StrictTarInfo, encoding="utf-8") as tar:
        for count, member in enumerate(tar, start=1):
            # They would be kept for as long as the archive is open.
            tar.members.clear()  # type: ignore[attr-defined]
            if member.size < 0:
                raise tarfile.ReadError(f"damaged header: {member.size:,} bytes")
            limits.check_members(count)
            if why := _refusal(member, limits):
                yield Member.unsafe(member.name, why)
            elif not member.isdir():
                content: Any = tar.extractfile(member)
                yield Member(member.name, content.read())
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
    if member.issym() or member.islnk():
        return archive_member.LINK
    if member.isdev():
        return archive_member.DEVICE
    # The holes of a sparse file cost nothing in the archive and any amount of memory here.
    if not member.isreg() or member.issparse():
        return archive_member.NO_FILE
    return archive_member.refusal(member.name, member.size, limits)
