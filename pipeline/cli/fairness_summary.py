"""The fairness figures of a run in a few lines, and beside those of another run."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.fairness.display import SHOWN, examples_of, format_interval, is_too_small
from trainer.groups import ATTRIBUTES, INTERSECTION

# So many slices a measure are shown.
_WORST = 4
_SLICINGS = [*([one.key] for one in ATTRIBUTES), [one.key for one in INTERSECTION]]


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
    overall, *rows = _rows(document)
    for key, shown in SHOWN.items():
        if key not in overall["measures"]:
            continue
        found = [
            row
            for row in rows
            if row["measures"][key]["value"] is not None and not is_too_small(document, row, key)
        ]
        found.sort(key=lambda row: -shown.worse_sign * row["measures"][key]["value"])
        for row in (overall, *found[:_WORST]):
            value = format_interval(row, key)
            yield SliceLine(row["slice"], shown.display_title, value, examples_of(row, key))


def changes(now: Mapping[str, Any], before: Mapping[str, Any]) -> Sequence[Change]:
    """Returns what differs between two runs, what became worse most first.

    Each measure is taken in steps of a hundredth of its range: a percentage point, or a year.
    Slices that are too small in either run, or are not in both, are left out, and so are measures
    that are not in both.
    """
    earlier = {row["slice"]: row for row in _rows(before)}
    found = []
    for row in _rows(now):
        if row["slice"] not in earlier:
            continue
        both = (now, row), (before, earlier[row["slice"]])
        for key, shown in SHOWN.items():
            if row["by"] and any(is_too_small(*one, key) for one in both):
                continue
            new, old = (one["measures"].get(key) for _, one in both)
            if not new or not old or None in (new["value"], old["value"], new["low"], old["low"]):
                continue
            worse = shown.worse_sign * (new["value"] - old["value"]) * shown.unit.factor
            found.append(
                Change(
                    slice=row["slice"],
                    measure=shown.display_title,
                    before=shown.format(old["value"]),
                    now=shown.format(new["value"]),
                    worse=worse,
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
