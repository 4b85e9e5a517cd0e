"""What a person accepts although a gate says no, and why."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Acceptances:
    """Reasons; an empty one accepts nothing.

    Attributes:
      anomalies: why to go on although the data gate says stop.
      unfairness: why to publish a model although it fails a group.
    """

    anomalies: str = ""
    unfairness: str = ""


NOTHING = Acceptances()
