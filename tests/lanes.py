"""Where a test runs that takes minutes and would find the same in either lane."""

import os
import sys
from typing import Literal

import pytest

_LANE = "legacy" if sys.version_info < (3, 11) else "current"
_VARIABLE = "UTKFACE_BOTH_LANES"


def only_in(lane: Literal["current", "legacy"], what: str) -> pytest.MarkDecorator:
    """Leaves a test out in the other lane, unless a variable of the environment has it run.

    Args:
      lane: the lane to run it in.
      what: is tested, for whoever reads why it was skipped.
    """
    return pytest.mark.skipif(
        lane != _LANE and not os.environ.get(_VARIABLE),
        reason=f"{what} in the {lane} lane alone, for the sake of time; {_VARIABLE}=1 runs it",
    )
