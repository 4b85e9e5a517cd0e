"""How the measures that the page shows are called and written."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

NOTHING = "-"
# As a reason not to bless a model calls them.
WORDS = {
    "age_mae": "age MAE",
    "gender_accuracy": "gender accuracy",
    "race_accuracy": "race accuracy",
}


@dataclass(frozen=True)
class Shown:
    """A measure as people read it.

    Attributes:
      title: what a table or a plot of it is called.
      axis: what an axis is called.
      worse: -1 if more of it is worse, 1 if less is.
      spec: the format of a value.
    """

    title: str
    axis: str
    worse: int
    spec: str

    @property
    def is_share(self) -> bool:
        return self.spec.endswith("%")

    def say(self, value: float | None) -> str:
        return NOTHING if value is None else format(value, self.spec)


SHOWN: dict[str, Shown] = {
    "age_mae": Shown("Age: mean error", "years", -1, ".1f"),
    "gender_accuracy": Shown("Gender: right answers", "share of right answers", 1, ".0%"),
    "race_accuracy": Shown("Race: right answers", "share of right answers", 1, ".0%"),
}


def say_interval(row: Mapping[str, Any], key: str) -> str:
    """Returns a slice's value with its interval, such as "84% (72% to 92%)"."""
    return say_found(row["measures"][key], SHOWN[key].say)


def say_found(found: Mapping[str, Any], say: Callable[[Any], str]) -> str:
    """Returns a value and its interval, where it has one, as `say` writes each of them."""
    if found["value"] is None:
        return NOTHING
    if found["low"] is None:
        return say(found["value"])
    return f"{say(found['value'])} ({say(found['low'])} to {say(found['high'])})"


def rank(
    document: Mapping[str, Any], slicing: Sequence[str], key: str
) -> Sequence[Mapping[str, Any]]:
    """Returns the slices that are big enough and have the measure, the worst first.

    Args:
      document: of components.fairness.document.
      slicing: such as ["race", "gender"].
      key: of the measure, one of SHOWN.
    """
    rows = [
        row
        for row in document["slices"]
        if row["by"] == [*slicing]
        and not row["too_small"]
        and row["measures"][key]["low"] is not None
    ]
    return sorted(rows, key=lambda row: row["measures"][key]["value"] * SHOWN[key].worse)
