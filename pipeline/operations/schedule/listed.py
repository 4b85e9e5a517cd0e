"""How a schedule looks to whoever asks."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Listed:
    """A schedule that is there.

    Attributes:
      name: of the schedule.
      when: in words.
      enabled: whether it fires.
      next_run: when it fires next; empty where nobody tells.
      runs: the command, or the page in the user interface.
    """

    name: str
    when: str
    enabled: bool
    next_run: str
    runs: str
