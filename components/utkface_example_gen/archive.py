"""Reads a tar archive so strictly that no damage goes unnoticed."""

import contextlib
import gzip
import tarfile
import zlib
from collections.abc import Iterator
from typing import IO, Any, NamedTuple

_GZIP_MAGIC = b"\x1f\x8b"
_CHUNK = 1 << 20


class Member(NamedTuple):
    """Anything but a folder inside an archive.

    Attributes:
      name: its path inside the archive.
      data: its bytes; None if it is no regular file.
    """

    name: str
    data: bytes | None


class DamagedArchiveError(ValueError):
    """The archive is no tar, breaks off, or was changed; what it lacks cannot be known."""


class _StrictTarInfo(tarfile.TarInfo):
    """Python takes a damaged header after the first member for the end of the archive."""

    @classmethod
    def fromtarfile(cls, archive: tarfile.TarFile) -> tarfile.TarInfo:  # type: ignore[override]
        try:
            return super().fromtarfile(archive)
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined]
            raise
        except tarfile.HeaderError as error:
            raise tarfile.ReadError(f"damaged header: {error}") from None


def read_members(file: IO[bytes]) -> Iterator[Member]:
    """Yields the members of a .tar or .tar.gz in their order.

    Args:
      file: the archive from its first byte; need not be seekable beyond that.

    Raises:
      DamagedArchiveError: at the end at the latest, if anything is wrong.
    """
    compressed = file.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
    file.seek(0)
    with contextlib.ExitStack() as stack:
        stream: Any = stack.enter_context(gzip.GzipFile(fileobj=file)) if compressed else file
        try:
            archive = stack.enter_context(
                tarfile.open(fileobj=stream, mode="r|", tarinfo=_StrictTarInfo)
            )
            for member in archive:
                if member.isdir():
                    continue
                content = archive.extractfile(member) if member.isreg() else None
                yield Member(member.name, content.read() if content else None)
            # gzip keeps its checksum at the very end, behind the padding of the tar.
            while stream.read(_CHUNK):
                pass
        except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
            raise DamagedArchiveError(str(error) or type(error).__name__) from error
