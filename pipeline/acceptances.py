"""Stops and unblessed models that the user accepts, with reasons."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Acceptances:
    """Reasons; an empty reason accepts nothing.

    Attributes:
      anomalies: why to continue although the data gate stops the run.
      unfairness: why to publish a model although it misses a fairness bound.
    """

    anomalies: str = ""
    unfairness: str = ""


NOTHING = Acceptances()
