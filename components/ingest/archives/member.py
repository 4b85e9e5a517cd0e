"""What is read out of an archive, and what never is."""

import re
from typing import NamedTuple

from components.ingest.archives.limits import SETTINGS, ArchiveLimits
from components.ingest.ledger.rejection import RejectedFile

_DRIVE = re.compile("[A-Za-z]:")

LINK = "a symbolic link, which an archive may not hold"
DEVICE = "a device or a pipe, which an archive may not hold"
NO_FILE = "neither a file nor a folder, which an archive may not hold"
SHARED = "bytes that are another member's too, which an archive may not hold"


class DamagedArchiveError(ValueError):
    """The archive is none, breaks off, or was changed; what it lacks cannot be known."""


class UnexpectedFileError(ValueError):
    """A file is no archive of the kind that its name says.

    Attributes:
      what: what it is, such as "a zip archive".
      advice: what to do.
    """

    def __init__(self, what: str, advice: str):
        super().__init__(what, advice)
        self.what = what
        self.advice = advice


class Member(NamedTuple):
    """Anything but a folder inside an archive.

    Attributes:
      name: its path inside the archive, with slashes; of a member that is refused, as stored.
      data: its bytes; None if they are not to be had.
      error: why not.
      reason: the code of RejectedFile that goes with it.
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

    Nothing is unpacked here, so that no path could do harm. But who wrote such a path meant
    to, or made the archive with a tool that is not to be trusted with the rest either; and what
    is listed here may be unpacked elsewhere.
    """
    path = with_slashes(name)
    if not path or path.startswith("/") or _DRIVE.match(path):
        return f"expected a relative path; found {name!r}"
    if ".." in path.split("/"):
        return f"expected a path that stays inside the archive; found {name!r}"
    if "\0" in name:
        return f"expected a path without NULs; found {name!r}"
    if size > limits.max_member_bytes:
        return (
            f"expected at most {limits.max_member_bytes:,} bytes "
            f"({SETTINGS}.max_member_bytes); found {size:,}"
        )
    return ""
