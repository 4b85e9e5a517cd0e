"""The directory at the end of a zip: read with a bound on it, and held against the rest."""

import sys
import zipfile
from typing import IO, Any

from components.ingest.archives.limits import ArchiveLimitError, ArchiveLimits
from components.ingest.archives.member import DamagedArchiveError

# Python reads the directory whole. This leaves room for paths of some 80 letters.
_DIRECTORY_BYTES_A_MEMBER = 128
_MEMBER = b"PK\1\2"
_COMMENT_BYTES = 1 << 16
# How the record at the very end begins, unless there is a larger one before it.
_SMALL_END = b"PK\5\6"
_MANY = 0xFFFF
# Of a header right before the bytes of a member; its name comes on top of it.
_LEAST_HEADER_BYTES = 30


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
        if self.most < sys.maxsize:
            # Before Python makes something larger of each.
            self._limits.check_members(data.count(_MEMBER))
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def open_zip(file: IO[bytes], limits: ArchiveLimits) -> zipfile.ZipFile:
    """Opens a .zip, whose members are not read yet.

    Args:
      file: the archive; seekable.
      limits: what the archive may hold.

    Raises:
      DamagedArchiveError: if the directory is damaged or missing, or lacks a member.
      ArchiveLimitError: if it has too many members.
    """
    guarded: Any = _Guarded(file, limits)
    try:
        archive = zipfile.ZipFile(guarded)
        _check_count(file, len(archive.infolist()))
    except ArchiveLimitError:
        raise
    except Exception as error:  # what Python's reader raises on hostile bytes has no common class
        raise DamagedArchiveError(str(error) or type(error).__name__) from error
    guarded.most = sys.maxsize
    limits.check_members(len(archive.infolist()))
    return archive


def find_overlaps(archive: zipfile.ZipFile) -> set[int]:
    """Returns where in the directory those members are that reach into the one behind them.

    Thus a few bytes can be those of any number of members. Python looks for it as well, but
    not in each version that is in use.
    """
    spans = sorted(
        (member.header_offset, member.header_offset + member.compress_size, place)
        for place, member in enumerate(archive.infolist())
    )
    starts_behind = [*(start for start, _, _ in spans[1:]), archive.start_dir]
    return {
        place
        # Of no members, none overlaps, and there is a directory behind them nevertheless.
        for (_, end, place), start in zip(spans, starts_behind, strict=False)
        if end + _LEAST_HEADER_BYTES > start
    }


def _check_count(file: IO[bytes], found: int) -> None:
    """Raises if the directory holds another number of members than the archive says.

    Raises:
      BadZipFile: as Python's reader does, which does not look at the number.
    """
    # What that reader itself goes by.
    end = zipfile._EndRecData(file)  # type: ignore[attr-defined]
    declared = end[zipfile._ECD_ENTRIES_TOTAL]  # type: ignore[attr-defined]
    if end[0] == _SMALL_END and found >= _MANY:
        # Of more than fit into its place some tools write what is left over.
        found_as_written = {found % (_MANY + 1), _MANY}
    else:
        found_as_written = {found}
    if declared not in found_as_written:
        raise zipfile.BadZipFile(f"expected {declared:,} members; found {found:,}")
