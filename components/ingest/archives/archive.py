"""Reads an archive as a stream: nothing is unpacked to disk, and one member is held at a time."""

import re
from collections.abc import Iterator
from typing import IO

from components.ingest.archives import kind as archive_kind
from components.ingest.archives import tar_archive, zip_archive
from components.ingest.archives.limits import ArchiveLimits
from components.ingest.archives.member import DamagedArchiveError, Member

SUFFIXES = (
    *(".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".tzst"),
    ".zip",
)
# For messages: a data path may be any of these.
TYPES = ".zip, .tar, .tar.gz, .tar.bz2, .tar.xz or .tar.zst"

# An archive, and a folder in it.
_INSIDE = re.compile(
    rf"(?P<archive>.+(?:{'|'.join(map(re.escape, SUFFIXES))}))!/*(?P<folder>.*)",
    re.DOTALL | re.IGNORECASE,
)


def is_archive(path: str) -> bool:
    return path.lower().endswith(SUFFIXES)


def kind(path: str) -> str:
    """Returns "zip" or "tar", as the suffix of an archive says.

    What a tar is compressed with its bytes say, whatever the suffix.
    """
    return "zip" if path.lower().endswith(".zip") else "tar"


def split_inside(data: str) -> tuple[str, str]:
    """Splits such as `faces.zip!/UTKFace` into the path of the archive and a folder in it.

    Returns:
      The path as it is, and no folder, where it names none.
    """
    if found := _INSIDE.fullmatch(data):
        return found["archive"], found["folder"].rstrip("/")
    return data, ""


def read_members(path: str, file: IO[bytes], limits: ArchiveLimits) -> Iterator[Member]:
    """Yields the members of an archive in their order; folders are none.

    Args:
      path: its suffix says what the archive is.
      file: the archive from its first byte; seekable.
      limits: what the archive may hold.

    Raises:
      DamagedArchiveError: at the end at the latest, if anything is wrong.
      ArchiveLimitError: if the archive as a whole goes over a limit.
      UnexpectedFileError: if it is no archive, or one of another kind.
    """
    try:
        head = file.read(archive_kind.HEAD_BYTES)
        file.seek(0)
    except Exception as error:  # whatever the file system raises
        raise DamagedArchiveError(str(error) or type(error).__name__) from error
    archive_kind.check(kind(path), head)
    reader = zip_archive if kind(path) == "zip" else tar_archive
    yield from reader.read_members(file, limits)
