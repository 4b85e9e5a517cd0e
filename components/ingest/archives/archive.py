"""Reads an archive as a stream: unpacks nothing to disk, and holds one member at a time."""

import re
from collections.abc import Iterator
from typing import IO

from components.errors import InputError, ResourceError
from components.ingest.archives import kind as archive_kind
from components.ingest.archives import tar_archive, zip_archive
from components.ingest.archives.limits import ArchiveLimits
from components.ingest.archives.member import DamagedArchiveError, Member
from components.storage.disk_room import room_for_temporary_files

SUFFIXES = (
    *(".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".tzst"),
    ".zip",
)
# For messages about data paths.
TYPES = ".zip, .tar, .tar.gz, .tar.bz2, .tar.xz or .tar.zst"
_INSIDE = re.compile(
    rf"(.+(?:{'|'.join(map(re.escape, SUFFIXES))}))!/*(.*)", re.DOTALL | re.IGNORECASE
)


def is_archive(path: str) -> bool:
    return path.lower().endswith(SUFFIXES)


def kind(path: str) -> str:
    """Returns "zip" or "tar", by the suffix of an archive; a tar may be compressed."""
    return "zip" if path.lower().endswith(".zip") else "tar"


def split_inside(data: str) -> tuple[str, str]:
    """Splits a path such as `faces.zip!/UTKFace` into the archive and the folder in it, or ""."""
    match = _INSIDE.fullmatch(data)
    return (match[1], match[2].rstrip("/")) if match else (data, "")


def read_members(path: str, file: IO[bytes], limits: ArchiveLimits) -> Iterator[Member]:
    """Yields the members of a seekable archive, except folders; the path's suffix is its type.

    Raises:
      DamagedArchiveError: by the end of the archive, if anything is damaged. A damaged zip member
        is yielded without its bytes instead, because the other members are not affected.
      ArchiveLimitError: if the archive as a whole exceeds a limit.
      UnexpectedFileError: if the file is not an archive, or an archive of another type.
      ResourceError: if the disk has no room for the bytes that hard links refer to.
    """
    try:
        archive_kind.check(kind(path), file.read(archive_kind.HEAD_BYTES))
        file.seek(0)
        reader = zip_archive if kind(path) == "zip" else tar_archive
        with room_for_temporary_files():
            yield from reader.read_members(file, limits)
    except (InputError, ResourceError):
        raise
    except Exception as error:  # what Python raises on hostile bytes has no common class
        raise DamagedArchiveError(
            f"expected a whole {kind(path)} archive; reading failed with "
            f"{str(error) or type(error).__name__}. Fetch the archive again."
        ) from error
