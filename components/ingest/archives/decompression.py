"""Reads a compressed tar as a stream, whatever it is compressed with."""

import bz2
import gzip
import lzma
from collections.abc import Callable
from typing import Any

from components.ingest.archives.member import UnexpectedFileError

_CHUNK = 1 << 16
# `xz -9` asks for a quarter of it.
_MOST_XZ_BYTES = 1 << 28
# What `zstd --long` makes at most, unless it is told otherwise; `zstd -d` goes no further either.
_MOST_ZSTANDARD_WINDOW = 1 << 27


def decompress(file: Any, magic: bytes) -> Any:
    """Returns a stream of the uncompressed bytes; the file itself if it is not compressed.

    Args:
      file: has `read`; at its first byte.
      magic: how it begins, four bytes at least.

    Raises:
      UnexpectedFileError: if nothing that is installed can read it.
    """
    if magic.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(fileobj=file)
    if magic.startswith(b"BZh"):
        return _Decompressed(file, bz2.BZ2Decompressor)
    if magic.startswith(b"\xfd7zX"):
        return _Decompressed(file, lambda: lzma.LZMADecompressor(memlimit=_MOST_XZ_BYTES))
    if magic.startswith(b"\x28\xb5\x2f\xfd"):
        return _open_zstandard(file)
    return file


def _open_zstandard(file: Any) -> Any:
    try:
        import zstandard
    except ImportError:
        raise UnexpectedFileError(
            "a Zstandard archive, which takes the package zstandard to read",
            "Install it, or convert the archive: zstd -dc FACES.tar.zst | gzip > FACES.tar.gz",
        ) from None
    decompressor = zstandard.ZstdDecompressor(max_window_size=_MOST_ZSTANDARD_WINDOW)
    return decompressor.stream_reader(file, read_across_frames=True)


class _Decompressed:
    """Streams one behind the other, read to the end: Python's readers pass over what is behind."""

    def __init__(self, file: Any, new: Callable[[], Any]):
        self._file = file
        self._new = new
        self._decompressor = new()

    def read(self, size: int) -> bytes:
        while True:
            if self._decompressor.eof:
                rest = self._next_stream()
                if not rest:
                    return b""
                self._decompressor = self._new()
            else:
                rest = b""
                if self._decompressor.needs_input:
                    rest = self._file.read(_CHUNK)
                    if not rest:
                        raise EOFError("the compressed data ends too early")
            if data := self._decompressor.decompress(rest, size):
                return bytes(data)

    def _next_stream(self) -> bytes:
        """Returns the first bytes of the next stream; noughts may be between two."""
        rest: bytes = self._decompressor.unused_data.lstrip(b"\0")
        while not rest:
            block = self._file.read(_CHUNK)
            if not block:
                break
            rest = block.lstrip(b"\0")
        return rest
