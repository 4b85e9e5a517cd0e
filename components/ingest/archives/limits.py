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

    What goes over a limit is never left out unseen. Where one member is at fault and the others
    can still be reached, it is refused by itself. Where they cannot, or where their number is
    the fault, reading stops: a count of what was reached would be wrong.

    Attributes:
      max_member_bytes: the size of a file. The member is refused and its bytes are not read.
      max_members: files and folders in one archive. Reading stops.
      max_total_bytes: one archive, uncompressed. Reading stops.
      max_ratio: uncompressed bytes for each compressed one; DEFLATE reaches 1032, and a
        picture scarcely 2. A member of a zip is refused; a tar is compressed as one, and
        reading stops, as it does where all members of a zip together are at fault.
      ratio_floor_bytes: what is uncompressed may have any ratio up to this size, as small
        files and the headers between them compress well.
    """

    max_member_bytes: _AtLeastOne = 64 << 20
    max_members: _AtLeastOne = 500_000
    max_total_bytes: _AtLeastOne = 16 << 30
    max_ratio: _AtLeastOne = 100
    ratio_floor_bytes: _AtLeastOne = 16 << 20

    def check_members(self, found: int) -> None:
        """Raises if an archive has more members than it may.

        Raises:
          ArchiveLimitError: which says what to do.
        """
        if found > self.max_members:
            raise self.exceeded("max_members", f"{self.max_members:,} members", f"{found:,}")

    def check_total(self, found: int) -> None:
        """Raises if an archive has more uncompressed bytes than it may.

        Raises:
          ArchiveLimitError: which says what to do.
        """
        if found > self.max_total_bytes:
            raise self.exceeded(
                "max_total_bytes", f"{self.max_total_bytes:,} uncompressed bytes", f"{found:,}"
            )

    def check_ratio(self, uncompressed: int, compressed: int) -> None:
        """Raises if an archive grows more in reading than it may.

        Raises:
          ArchiveLimitError: which says what to do.
        """
        if self.is_over_ratio(uncompressed, compressed):
            raise self.exceeded(
                "max_ratio",
                f"{self.max_ratio} uncompressed bytes for each compressed one",
                f"{uncompressed:,} of {compressed:,}",
            )

    def is_over_ratio(self, uncompressed: int, compressed: int) -> bool:
        return uncompressed > max(self.ratio_floor_bytes, self.max_ratio * compressed)

    @staticmethod
    def exceeded(limit: str, allowed: str, found: str) -> ArchiveLimitError:
        """Returns the error for a limit of that name, with what it allows and what was found."""
        return ArchiveLimitError(
            f"expected an archive of at most {allowed}; found {found}. If you trust it, raise "
            f"{SETTINGS}.{limit}."
        )


DEFAULT_LIMITS = ArchiveLimits()
