"""What is read out of an archive, and what never is."""

import re
from typing import NamedTuple

from components.errors import InputError
from components.ingest.archives.limits import SETTINGS, ArchiveLimits
from components.ingest.rejection import RejectedFile

LINK = "a symbolic link, which an archive may not hold"
DEVICE = "a device or a pipe, which an archive may not hold"
NO_FILE = "neither a file nor a folder, which an archive may not hold"
SHARED = "bytes that are another member's too, which an archive may not hold"
_ABSOLUTE = re.compile(r"/|[A-Za-z]:|\Z")


class DamagedArchiveError(InputError):
    """The archive is none, breaks off, or was changed; what it lacks cannot be known."""


class UnexpectedFileError(InputError):
    """A file is no archive of the kind that its name says."""


class Member(NamedTuple):
    """Anything but a folder inside an archive.

    Attributes:
      name: its path inside the archive, with slashes; of a refused member, as stored.
      data: its bytes; None if the member is refused or cannot be read.
      error: why not.
      reason: the code of RejectedFile that goes with the error.
    """

    name: str
    data: bytes | None
    error: str = ""
    reason: str = RejectedFile.UNREADABLE

    @classmethod
    def unsafe(cls, name: str, error: str) -> "Member":
        return cls(name, None, error, RejectedFile.UNSAFE_ARCHIVE_MEMBER)


def with_slashes(name: str) -> str:
    """Returns a path as all but some tools for Windows store it."""
    return name.replace("\\", "/")


def refusal(name: str, size: int, limits: ArchiveLimits) -> str:
    """Says why a file may not be read, by its path and the size it declares; empty if it may.

    The path could do no harm here, as nothing is unpacked. But whoever wrote it meant harm, or
    used a tool that cannot be trusted with the rest either.
    """
    path = with_slashes(name)
    if _ABSOLUTE.match(path):
        return f"expected a relative path; found {name!r}"
    if ".." in path.split("/"):
        return f"expected a path that stays inside the archive; found {name!r}"
    if "\0" in name:
        return f"expected a path without NULs; found {name!r}"
    if size > limits.max_member_bytes:
        expected = f"{limits.max_member_bytes:,} bytes ({SETTINGS}.max_member_bytes)"
        return f"expected at most {expected}; found {size:,}"
    return ""
