"""Assigns images to splits."""

import bisect
import hashlib
import itertools
from collections.abc import Mapping


class Splitter:
    """Assigns groups of images to splits by a hash, so a group always stays in the same split.

    Attributes:
      names: names of the splits.
    """

    def __init__(self, buckets: Mapping[str, int]):
        """Constructs a splitter.

        Args:
          buckets: hash buckets by split; a split's share is its part of their sum.
        """
        self.names = tuple(buckets)
        self._ends = list(itertools.accumulate(buckets.values()))

    def split_of(self, group: str) -> str:
        """Returns the split of a group."""
        digest = hashlib.sha256(group.encode()).digest()
        bucket = int.from_bytes(digest[:8], "big") % self._ends[-1]
        return self.names[bisect.bisect_right(self._ends, bucket)]
