"""Members of an archive, and the checks of what may be read from it."""

import re
from typing import NamedTuple

from components.errors import InputError
from components.ingest.archives.limits import SETTINGS, ArchiveLimits
from components.ingest.rejection import RejectedFile

LINK = "a symbolic link, which an archive must not contain"
DEVICE = "a device or a pipe, which an archive must not contain"
NO_FILE = "neither a file nor a folder, which an archive must not contain"
SHARED = "bytes that also belong to another member, which an archive must not contain"
_ABSOLUTE = re.compile(r"/|[A-Za-z]:|\Z")


class DamagedArchiveError(InputError):
    """The archive is invalid, truncated or changed, so its missing members are unknown."""


class UnexpectedFileError(InputError):
    """A file is not an archive of the type that its name claims."""


class Member(NamedTuple):
    """Anything in an archive except a folder.

    Attributes:
      name: path inside the archive, with slashes; as stored if the member is refused.
      data: bytes of the member; None if it is refused or cannot be read.
      error: why `data` is None.
      reason: code of RejectedFile for the error.
    """

    name: str
    data: bytes | None
    error: str = ""
    reason: str = RejectedFile.UNREADABLE

    @classmethod
    def unsafe(cls, name: str, error: str) -> "Member":
        return cls(name, None, error, RejectedFile.UNSAFE_ARCHIVE_MEMBER)


def with_slashes(name: str) -> str:
    """Returns a path with slashes; some tools on Windows store backslashes."""
    return name.replace("\\", "/")


def refusal(name: str, size: int, limits: ArchiveLimits) -> str:
    """Returns why a file is refused, by its path and declared size; empty if it is accepted.

    An unsafe path does no harm here, because nothing is unpacked. But its author is malicious, or
    used a tool that cannot be trusted.
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
