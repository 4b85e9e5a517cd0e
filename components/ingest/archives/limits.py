"""How large an archive may be before it is taken for an attack."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge

from components.errors import InputError

# Where a user sets them.
SETTINGS = "ingest.archives"
_AtLeastOne = Annotated[int, Ge(1)]


class ArchiveLimitError(InputError):
    """An archive goes over a limit, and what lies behind it cannot be counted."""


@dataclass(frozen=True)
class ArchiveLimits:
    """What an archive may hold. All of UTKFace is some 24,000 files and 1.4 GB.

    A member that goes over a limit is refused by itself where the others can still be reached.
    Where they cannot, or where their number is at fault, reading stops: nothing is left out unseen.

    Attributes:
      max_member_bytes: the size of a file. The member is refused and its bytes are not read.
      max_members: files and folders in one archive. Reading stops.
      max_total_bytes: one archive, uncompressed. Reading stops.
      max_ratio: uncompressed bytes for each compressed byte; a picture has scarcely 2. Reading
        stops, but for a single member of a zip, which is refused.
      ratio_floor_bytes: so many bytes may have any ratio, as small files and headers do.
    """

    max_member_bytes: _AtLeastOne = 64 << 20
    max_members: _AtLeastOne = 500_000
    max_total_bytes: _AtLeastOne = 16 << 30
    max_ratio: _AtLeastOne = 100
    ratio_floor_bytes: _AtLeastOne = 16 << 20

    def check_members(self, found: int, shown: str = "") -> None:
        """Raises ArchiveLimitError if an archive has more members than it may."""
        if found > self.max_members:
            _refuse("max_members", f"{self.max_members:,} members", shown or f"{found:,}")

    def check_bytes(self, uncompressed: int, compressed: int) -> None:
        """Raises ArchiveLimitError if an archive has more bytes than it may, or grows too much."""
        if uncompressed > self.max_total_bytes:
            allowed = f"{self.max_total_bytes:,} uncompressed bytes"
            _refuse("max_total_bytes", allowed, f"{uncompressed:,}")
        if self.is_over_ratio(uncompressed, compressed):
            allowed = f"{self.max_ratio} uncompressed bytes for each compressed one"
            _refuse("max_ratio", allowed, f"{uncompressed:,} of {compressed:,}")

    def is_over_ratio(self, uncompressed: int, compressed: int) -> bool:
        return uncompressed > max(self.ratio_floor_bytes, self.max_ratio * compressed)


def _refuse(limit: str, allowed: str, found: str) -> None:
    raise ArchiveLimitError(
        f"expected an archive of at most {allowed}; found {found}. If you trust it, raise "
        f"{SETTINGS}.{limit}."
    )


DEFAULT_LIMITS = ArchiveLimits()
