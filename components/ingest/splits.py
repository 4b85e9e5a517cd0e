"""Assigns images to splits."""

import bisect
import hashlib
import itertools
from collections.abc import Mapping


def assign_split(group: str, buckets: Mapping[str, int]) -> str:
    """Returns the split of a group of images by a hash, so the group always stays in this split.

    Args:
      group: key of the group.
      buckets: hash buckets by split; a split's share is its part of their sum.
    """
    ends = list(itertools.accumulate(buckets.values()))
    digest = hashlib.sha256(group.encode()).digest()
    bucket = int.from_bytes(digest[:8], "big") % ends[-1]
    return list(buckets)[bisect.bisect_right(ends, bucket)]
