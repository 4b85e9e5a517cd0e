"""Reads a listed file, or a listed archive with all its members."""

import math
import re
from collections.abc import Iterator
from typing import NamedTuple

from components.errors import InputError
from components.ingest.archives import archive
from components.ingest.archives.limits import DEFAULT_LIMITS, ArchiveLimits
from components.ingest.archives.member import with_slashes
from components.ingest.rejection import RejectedFile, too_many_bytes
from components.storage import files
from components.storage.files import printable

# Python would allocate the size it is asked to read, anew for each file.
_BLOCK = 1 << 16
# Files that operating systems and file transfer tools leave among the images. Hadoop and Spark
# write `_success` into a complete folder.
_SIDE_FILES = frozenset({".ds_store", "thumbs.db", "desktop.ini", "_success"})
_LINK_OUTSIDE = (
    "expected a file in the data folder; found a symbolic link that leads out of it. To follow "
    "such links, set ingest.follow_links"
)


class ListedPath(NamedTuple):
    """A file or an archive in a source.

    Attributes:
      path: path to open.
      relative_name: path below its source; empty for an archive that is the whole source.
      source: the folder, glob or archive that lists it.
      inside: folder to read within an archive; empty for the whole archive.
      outside: whether it is a symbolic link out of the source that must not be followed.
    """

    path: str
    relative_name: str
    source: str = ""
    inside: str = ""
    outside: bool = False


class ImageFile(NamedTuple):
    r"""A listed file. Its strings are safe to write anywhere: invalid UTF-8 is escaped as `\xff`.

    Attributes:
      path: path of the file, or of the archive and the member joined by `!`.
      name: file name without folders.
      data: bytes; None if they could not be read.
      error: why they could not be read.
      reason: code of RejectedFile for the error.
      relative_name: path below its source; in an archive that is not the whole source, the paths
        of the archive and of the member joined by `!`.
      source: see ListedPath.
      size: size of a file that is too large to read, if known.
    """

    path: str
    name: str
    data: bytes | None
    error: str = ""
    reason: str = RejectedFile.UNREADABLE
    relative_name: str = ""
    source: str = ""
    size: int | None = None


def read_listed(
    listed: ListedPath, limits: ArchiveLimits = DEFAULT_LIMITS, max_bytes: int | None = None
) -> Iterator[ImageFile]:
    """Yields a file, or each file and link inside an archive.

    A file that is missing, unreadable, or larger than `max_bytes` outside an archive is yielded
    without its bytes.

    Raises:
      InputError: if an archive cannot be opened, is truncated or damaged, or exceeds a limit as a
        whole: its missing members are unknown, so no count of them could be right.
    """
    if listed.outside or not archive.is_archive(listed.path):
        yield _read_file(listed, max_bytes)
        return
    path = printable(listed.path)
    try:
        file = files.open(listed.path)
    except Exception as error:  # whatever the file system raises
        raise InputError(
            f"{path}: expected a {archive.kind(path)} archive that can be read; opening it failed "
            f"with {type(error).__name__}: {error}"
        ) from error
    try:
        with file:
            for member in archive.read_members(listed.path, file, limits):
                name = printable(member.name)
                below = _path_below(name, listed.inside)
                if below is None:
                    continue
                yield ImageFile(
                    f"{path}!{name}",
                    _name(name),
                    member.data,
                    printable(member.error),
                    member.reason,
                    "!".join(filter(None, (printable(listed.relative_name), below))),
                    listed.source,
                )
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def is_side_file(name: str) -> bool:
    """Returns whether a file belongs to an operating system, by its name or relative path."""
    # A `!` separates an archive from its member.
    *folders, own = re.split("[/!]", name)
    # macOS stores file attributes in `._NAME`, and in archives under __MACOSX.
    return own.lower() in _SIDE_FILES or own.startswith("._") or "__MACOSX" in folders


def _read_file(listed: ListedPath, max_bytes: int | None) -> ImageFile:
    path, relative_name = printable(listed.path), printable(listed.relative_name)
    file = ImageFile(path, _name(path), None, relative_name=relative_name, source=listed.source)
    if listed.outside:
        return file._replace(error=_LINK_OUTSIDE, reason=RejectedFile.LINK_OUTSIDE)
    try:
        with files.open(listed.path) as opened:
            blocks, left = [], math.inf if max_bytes is None else max_bytes
            while left >= 0 and (block := opened.read(_BLOCK)):
                blocks.append(block)
                left -= len(block)
            if left >= 0:
                return file._replace(data=b"".join(blocks))
            opened.seek(0, 2)
            size = opened.tell()
    except Exception as error:  # whatever the file system raises, the file is counted
        return file._replace(error=printable(f"{type(error).__name__}: {error}"))
    refused = too_many_bytes(size, max_bytes or 0)
    return file._replace(error=refused.detail, reason=refused.reason, size=size)


def _path_below(name: str, folder: str) -> str | None:
    """Returns the path of a member below a folder in its archive; None if it is elsewhere."""
    # The name of a refused member is stored as is.
    plain = with_slashes(name).removeprefix("./") if folder else f"/{name}"
    return plain[len(folder) + 1 :] if plain.startswith(f"{folder}/") else None


def _name(path: str) -> str:
    return path.rpartition("/")[2]
