"""Holds a number against its limits."""

from components.data_gate.finding import Level
from components.data_gate.settings import Limits


def judge(value: float, limits: Limits, least: float = 0.0) -> tuple[Level, float | None]:
    """Returns what a value means, and the limit it exceeds; None if it exceeds none.

    Args:
      value: what was measured.
      limits: what is allowed.
      least: no limit is lower than this.
    """
    for level, limit in ((Level.STOP, limits.stop), (Level.WARN, limits.warn)):
        if limit is not None and value > max(limit, least):
            return level, max(limit, least)
    return Level.PASS, None
