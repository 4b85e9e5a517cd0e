"""Limits on the size of an archive, against attacks."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge

from components.errors import InputError

# The settings of these limits.
SETTINGS = "ingest.archives"
_AtLeastOne = Annotated[int, Ge(1)]


class ArchiveLimitError(InputError):
    """An archive exceeds a limit, so its remaining members cannot be counted."""


@dataclass(frozen=True)
class ArchiveLimits:
    """What an archive may contain. The whole of UTKFace has about 24,000 files and 1.4 GB.

    A member over a limit is refused on its own if the other members can still be read. Otherwise
    reading stops and the run ends, so that no file is left out silently.

    Attributes:
      max_member_bytes: maximum size of one file, in bytes. Larger members are refused unread.
      max_members: maximum number of files and folders in one archive.
      max_total_bytes: maximum uncompressed size of one archive, in bytes.
      max_ratio: maximum ratio of uncompressed to compressed bytes. An image hardly reaches 2. A
        single zip member over the ratio is refused; otherwise reading stops.
      ratio_floor_bytes: uncompressed size below which any ratio is allowed, in bytes.
    """

    max_member_bytes: _AtLeastOne = 64 << 20
    max_members: _AtLeastOne = 500_000
    max_total_bytes: _AtLeastOne = 16 << 30
    max_ratio: _AtLeastOne = 100
    ratio_floor_bytes: _AtLeastOne = 16 << 20

    def check_members(self, found: int, description: str = "") -> None:
        """Raises ArchiveLimitError if an archive has too many members."""
        if found > self.max_members:
            _refuse("max_members", f"{self.max_members:,} members", description or f"{found:,}")

    def check_bytes(self, uncompressed: int, compressed: int) -> None:
        """Raises ArchiveLimitError if an archive is too large, or its ratio too high."""
        if uncompressed > self.max_total_bytes:
            allowed = f"{self.max_total_bytes:,} uncompressed bytes"
            _refuse("max_total_bytes", allowed, f"{uncompressed:,}")
        if self.is_over_ratio(uncompressed, compressed):
            allowed = f"{self.max_ratio} uncompressed bytes for each compressed byte"
            _refuse("max_ratio", allowed, f"{uncompressed:,} of {compressed:,}")

    def is_over_ratio(self, uncompressed: int, compressed: int) -> bool:
        return uncompressed > max(self.ratio_floor_bytes, self.max_ratio * compressed)


def _refuse(limit: str, allowed: str, found: str) -> None:
    raise ArchiveLimitError(
        f"expected an archive of at most {allowed}; found {found}. If you trust it, raise "
        f"{SETTINGS}.{limit}."
    )


DEFAULT_LIMITS = ArchiveLimits()
