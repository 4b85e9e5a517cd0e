"""Which split a picture lies in."""

import bisect
import hashlib
import itertools
from collections.abc import Mapping


class Splitter:
    """Divides groups of pictures by a hash, so that a group lies in one split for ever.

    Attributes:
      names: the splits.
    """

    def __init__(self, buckets: Mapping[str, int]):
        """Makes a splitter.

        Args:
          buckets: hash buckets by split; a split's share is its part of their sum.
        """
        self.names = tuple(buckets)
        self._ends = list(itertools.accumulate(buckets.values()))

    def split_of(self, group: str) -> str:
        """Returns the split of a group, whatever its name."""
        digest = hashlib.sha256(group.encode()).digest()
        bucket = int.from_bytes(digest[:8], "big") % self._ends[-1]
        return self.names[bisect.bisect_right(self._ends, bucket)]
