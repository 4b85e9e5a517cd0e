"""Reads a tar from front to back, so strictly that no damage goes unnoticed."""

import io
import itertools
import posixpath
import tarfile
import tempfile
from collections.abc import Iterator
from typing import IO, Any, cast

from components.ingest.archives import member as archive_member
from components.ingest.archives.decompression import decompress
from components.ingest.archives.limits import ArchiveLimits
from components.ingest.archives.member import Member, with_slashes

_CHUNK = 1 << 16
# All headers of a member. Python 3.10 may use 4,000 times as many bytes to read them.
_MAX_HEADER_BYTES = 1 << 14
# Attributes that apply to all later members; Python copies them for each member.
_MAX_GLOBAL_ATTRIBUTES = 1000
_MAX_COPIES_IN_MEMORY = 1 << 20
_BROKEN_LINK = (
    "expected a hard link to an earlier, readable file in the archive; found a link to {!r}"
)


def read_members(file: IO[bytes], limits: ArchiveLimits) -> Iterator[Member]:
    """Yields the members of a tar, compressed or not; see archive.read_members.

    A hard link yields a copy of the member that it names, as in a folder.
    """
    with tempfile.SpooledTemporaryFile(_MAX_COPIES_IN_MEMORY) as copies:
        stream, links = _Stream(file, limits), _HardLinks(file, limits, copies)
        for number, header in enumerate(_headers(stream, limits)):
            error = _refusal(header, limits)
            data = None
            if header.islnk() and not error:
                data = links.read(header, number)
                stream.copied_bytes += len(data or b"")
                error = _BROKEN_LINK.format(header.linkname)
            elif not error:
                data = stream.take(header.size)
                links.keep(header.name, data)
            if data is not None:
                yield Member(with_slashes(header.name), data)
            elif not header.isdir():
                yield Member.unsafe(header.name, error)


class _Stream:
    """The uncompressed bytes of an archive, counted. Python reads the headers from it."""

    def __init__(self, file: IO[bytes], limits: ArchiveLimits):
        file.seek(0)
        self._file = file
        self._data = decompress(file)
        self._limits = limits
        self._place = 0
        self.copied_bytes = 0
        self.header = b""

    def tell(self) -> int:
        return self._place

    def read(self, size: int) -> bytes:
        """Returns the next `size` bytes of a member's headers."""
        if not 0 <= size <= _MAX_HEADER_BYTES - len(self.header):
            raise tarfile.ReadError(f"damaged header: more than {_MAX_HEADER_BYTES:,} bytes")
        data = self.take(size)
        self.header += data
        return data

    def take(self, size: int) -> bytes:
        """Returns exactly the next `size` bytes."""
        blocks = []
        while size:
            blocks.append(self._next(min(_CHUNK, size)))
            if not blocks[-1]:
                raise tarfile.ReadError("unexpected end of data")
            size -= len(blocks[-1])
        return b"".join(blocks)

    def skip_to(self, place: int) -> None:
        """Skips to the headers of the next member."""
        self.header = b""
        while self._place < place:
            self.take(min(_CHUNK, place - self._place))

    def finish(self) -> None:
        """Reads past the last member: NULs, and the checksum of the compression."""
        while rest := self._next(_CHUNK):
            if rest.strip(b"\0"):
                raise tarfile.ReadError("bytes after the end of the archive")

    def _next(self, size: int) -> bytes:
        data: bytes = self._data.read(size)
        self._place += len(data)
        self._limits.check_bytes(self._place + self.copied_bytes, self._file.tell())
        return data


class _HardLinks:
    """The bytes of members that hard links name; if a name repeats, the last before the link.

    At the first link, the archive is read again: for the names, and for the members before it.
    """

    def __init__(self, file: IO[bytes], limits: ArchiveLimits, copies: Any):
        self._archive = file
        self._limits = limits
        self._copies = copies
        self._spans: dict[str, tuple[int, int] | None] = {}

    def read(self, link: tarfile.TarInfo, members_before: int) -> bytes | None:
        """Returns the bytes of the member that a link names; None if it does not precede it."""
        if not self._spans:
            self._read_again(members_before)
        span = self._spans[_normalize(link.linkname)]
        if span is None:
            return None
        if _normalize(link.name) in self._spans:
            self._spans[_normalize(link.name)] = span
        self._copies.seek(span[0])
        return cast("bytes", self._copies.read(span[1]))

    def keep(self, name: str, data: bytes) -> None:
        if self._spans and _normalize(name) in self._spans:
            self._copies.seek(0, io.SEEK_END)
            self._spans[_normalize(name)] = self._copies.tell(), len(data)
            self._copies.write(data)

    def _read_again(self, members: int) -> None:
        place = self._archive.tell()
        headers = _headers(_Stream(self._archive, self._limits), self._limits)
        self._spans = {_normalize(header.linkname): None for header in headers if header.islnk()}
        stream = _Stream(self._archive, self._limits)
        for header in itertools.islice(_headers(stream, self._limits), members):
            if not _refusal(header, self._limits):
                self.keep(header.name, stream.take(header.size))
        self._archive.seek(place)


def _headers(stream: _Stream, limits: ArchiveLimits) -> Iterator[tarfile.TarInfo]:
    """Yields the headers of an archive, and reads it to its end."""
    tar: Any = tarfile.TarFile(fileobj=stream, encoding="utf-8")  # type: ignore[arg-type]
    for count, header in enumerate(tar, start=1):
        # Python would keep all members while the archive is open.
        tar.members.clear()
        if header.size < 0 or tar.offset < stream.tell():
            raise tarfile.ReadError("damaged header: a size below zero")
        if len(tar.pax_headers) > _MAX_GLOBAL_ATTRIBUTES:
            raise tarfile.ReadError("damaged header: too many attributes of all files")
        limits.check_members(count)
        yield header
        stream.skip_to(tar.offset)
    # Python treats a damaged header as the end of the archive.
    if stream.header.strip(b"\0"):
        raise tarfile.ReadError("damaged header")
    stream.finish()


def _refusal(header: tarfile.TarInfo, limits: ArchiveLimits) -> str:
    """Returns why a member is refused; empty if it is read.

    This is stricter than the standard library's data filter (PEP 706), which rewrites absolute
    paths and allows links that stay inside.
    """
    if header.issym():
        return archive_member.LINK
    if header.isdir() or header.issparse():
        return archive_member.NO_FILE
    error = archive_member.refusal(header.name, header.size, limits)
    if header.isreg() or error:
        return error
    try:
        tarfile.data_filter(header, "/nonexistent")
    except tarfile.SpecialFileError:
        return archive_member.DEVICE if header.isdev() else archive_member.NO_FILE
    except (tarfile.FilterError, ValueError):
        return _BROKEN_LINK.format(header.linkname)
    return ""


def _normalize(name: str) -> str:
    return posixpath.normpath(with_slashes(name))
