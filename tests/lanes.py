"""Restricts slow tests to one lane if both lanes would give the same result."""

import os
import sys
from typing import Literal

import pytest

LANE = "legacy" if sys.version_info < (3, 11) else "current"
_VARIABLE = "UTKFACE_BOTH_LANES"


def only_in(lane: Literal["current", "legacy"], what: str) -> pytest.MarkDecorator:
    """Skips a test in the other lane, unless the environment variable UTKFACE_BOTH_LANES is set.

    Args:
      lane: the lane to run the test in.
      what: what the test covers, for the skip reason.
    """
    return pytest.mark.skipif(
        lane != LANE and not os.environ.get(_VARIABLE),
        reason=f"{what} in the {lane} lane alone, for the sake of time; {_VARIABLE}=1 runs it",
    )
