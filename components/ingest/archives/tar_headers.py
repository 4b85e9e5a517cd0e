"""Reads the headers of a tar as strictly as Python's newest versions do, and more so.

Older ones take damage for the end of the archive, and a header of a few kilobytes can keep them
busy for hours, or fill any memory.
"""

import re
import tarfile
from typing import Any

# Headers that hold a long path or attributes. Python reads one whole, whatever its size.
_LONG_HEADERS = (
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
)
_MOST_HEADER_BYTES = 1 << 16
# A member may have attributes, a long path and a link; each header before it is held until then.
_MOST_HEADERS = 8
# Attributes of all members that follow, which Python copies for each of them.
_MOST_COMMON_ATTRIBUTES = 1000

# Its size in bytes, these digits and the line break at its end too; a keyword; then comes a value.
_ATTRIBUTE = re.compile(rb"([0-9]{1,9}) [^=\n]+=")
# Python looks for a number before a word, again from each digit.
_LONG_NUMBER = re.compile(rb"[0-9]{100}")


class StrictTarInfo(tarfile.TarInfo):
    """A header for tarfile.open; what is not as it must be raises ReadError.

    Python lets a subclass take the place of _proc_member, which it calls for each header, those
    before a file too; the other methods that begin with an underscore are as old as that one. A
    version without them would not call them here, and a test would hang.
    """

    @classmethod
    def fromtarfile(cls, archive: Any) -> tarfile.TarInfo:  # type: ignore[override]
        try:
            return super().fromtarfile(archive)
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined]
            raise
        except tarfile.HeaderError as error:
            raise tarfile.ReadError(f"damaged header: {error}") from None

    def _proc_member(self, archive: Any) -> tarfile.TarInfo:
        if self.size < 0 or (self.type in _LONG_HEADERS and self.size > _MOST_HEADER_BYTES):
            raise tarfile.ReadError(f"damaged header: {self.size:,} bytes")
        if self.type == tarfile.GNUTYPE_SPARSE:
            _, goes_on, _ = self._sparse_structs  # type: ignore[attr-defined]
            if goes_on:
                raise tarfile.ReadError("a file with more holes than its header has room for")
        # Python calls this for the next header while it is at the one before.
        depth = getattr(archive, "headers_under_way", 0)
        if depth > _MOST_HEADERS:
            raise tarfile.ReadError("damaged header: too many before one file")
        archive.headers_under_way = depth + 1
        try:
            info: tarfile.TarInfo = super()._proc_member(archive)  # type: ignore[misc]
        finally:
            archive.headers_under_way = depth
        if len(archive.pax_headers) > _MOST_COMMON_ATTRIBUTES:
            raise tarfile.ReadError("damaged header: too many attributes of all files")
        return info

    def _proc_pax(self, archive: Any) -> tarfile.TarInfo:
        stream = archive.fileobj
        content = stream.read(self._block(self.size))  # type: ignore[attr-defined]
        _check_attributes(content[: self.size])
        archive.fileobj = _ReadAgain(content, stream)
        try:
            info: tarfile.TarInfo = super()._proc_pax(archive)  # type: ignore[misc]
        finally:
            archive.fileobj = stream
        return info

    def _proc_gnusparse_10(self, info: Any, attributes: Any, archive: Any) -> None:
        # Python would read the list of holes, of any size. That there is one is enough to know.
        info.sparse = []


class _ReadAgain:
    """A stream whose next bytes were read already, in one piece."""

    def __init__(self, content: bytes, stream: Any):
        self._content: bytes | None = content
        self._stream = stream

    def read(self, size: int) -> bytes:
        if self._content is None:
            data: bytes = self._stream.read(size)
        else:
            data, self._content = self._content, None
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _check_attributes(content: bytes) -> None:
    if _LONG_NUMBER.search(content):
        raise tarfile.ReadError("damaged header: a number of more than 99 digits")
    at = 0
    content = content.rstrip(b"\0")
    while at < len(content):
        attribute = _ATTRIBUTE.match(content, at)
        end = at + int(attribute[1]) if attribute else at
        if attribute is None or attribute.end() >= end or content[end - 1 : end] != b"\n":
            raise tarfile.ReadError("damaged header: attributes that are not told apart")
        at = end
