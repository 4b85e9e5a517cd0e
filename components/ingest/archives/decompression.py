"""Reads a tar as a stream, whatever its compression."""

import bz2
import gzip
import lzma
from typing import IO, Any

from components.ingest.archives.member import UnexpectedFileError

# The largest window of `zstd --long`, and the default limit of `zstd -d`.
_MAX_ZSTANDARD_WINDOW = 1 << 27


def decompress(file: IO[bytes]) -> Any:
    """Returns a stream of the uncompressed bytes of a file.

    Raises UnexpectedFileError if the package for the compression is not installed.
    """
    magic = file.read(4)
    file.seek(0)
    if magic.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(fileobj=file, mode="rb")
    if magic.startswith(b"BZh"):
        return bz2.BZ2File(file)
    if magic == b"\xfd7zX":
        return lzma.LZMAFile(file)
    if magic != b"\x28\xb5\x2f\xfd":
        return file
    try:
        import zstandard
    except ImportError:
        raise UnexpectedFileError(
            "expected a tar archive, as its name says; found a Zstandard archive, which needs the "
            "package zstandard. Install it, or convert the archive: zstd -dc FACES.tar.zst | gzip "
            "> FACES.tar.gz"
        ) from None
    decompressor = zstandard.ZstdDecompressor(max_window_size=_MAX_ZSTANDARD_WINDOW)
    return decompressor.stream_reader(file, read_across_frames=True)
