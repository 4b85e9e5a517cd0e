"""The fairness figures of a run in a few lines, and beside those of another run."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.fairness.told import SHOWN, say_interval

# So many slices a measure are shown.
_WORST = 4
_SLICINGS = (["race"], ["gender"], ["age_band"], ["race", "gender"])


@dataclass(frozen=True)
class SliceLine:
    """One measure of one slice in words.

    Attributes:
      slice: its name.
      measure: what was measured.
      value: with its interval.
      examples: how many.
    """

    slice: str
    measure: str
    value: str
    examples: int


@dataclass(frozen=True)
class Change:
    """One measure of one slice in two runs.

    Attributes:
      slice: its name.
      measure: what was measured.
      before: the value in the other run.
      now: the value in this one.
      worse: by how much it is worse now; below 0 if it is better.
      apart: whether neither value lies in the interval of the other.
    """

    slice: str
    measure: str
    before: str
    now: str
    worse: float
    apart: bool


def worst_slices(document: Mapping[str, Any]) -> Iterator[SliceLine]:
    """Yields, measure by measure, all examples and the big enough slices that are served worst."""
    for key, shown in SHOWN.items():
        overall, *rows = _rows(document)
        rows = [row for row in rows if row["measures"][key]["value"] is not None]
        rows.sort(key=lambda row: row["measures"][key]["value"] * shown.worse)
        for row in (overall, *rows[:_WORST]):
            yield SliceLine(row["slice"], shown.title, say_interval(row, key), row["examples"])


def changes(now: Mapping[str, Any], before: Mapping[str, Any]) -> Sequence[Change]:
    """Returns what differs between two runs, what became worse most first.

    Each measure is taken in steps of a hundredth of its range: a percentage point, or a year.
    Slices that are too small in either run, or are not in both, are left out.
    """
    earlier = {row["slice"]: row for row in _rows(before)}
    found = []
    for row in _rows(now):
        if row["slice"] not in earlier:
            continue
        for key, shown in SHOWN.items():
            new, old = row["measures"][key], earlier[row["slice"]]["measures"][key]
            if None in (new["value"], old["value"], new["low"], old["low"]):
                continue
            step = 100 if shown.is_share else 1
            found.append(
                Change(
                    slice=row["slice"],
                    measure=shown.title,
                    before=shown.say(old["value"]),
                    now=shown.say(new["value"]),
                    worse=-shown.worse * (new["value"] - old["value"]) * step,
                    apart=not old["low"] <= new["value"] <= old["high"]
                    and not new["low"] <= old["value"] <= new["high"],
                )
            )
    return sorted(found, key=lambda change: -change.worse)


def _rows(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [
        row
        for row in document["slices"]
        if not row["by"] or (row["by"] in _SLICINGS and not row["too_small"])
    ]
