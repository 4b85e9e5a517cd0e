"""Summarizes the fairness figures of a run, and compares them with another run's."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.fairness.display import PAGE_MEASURES, examples_of, format_interval, is_too_small
from trainer.groups import ATTRIBUTES, INTERSECTION

# The number of slices to show per measure.
_WORST = 4
_SLICINGS = [
    *([attribute.key] for attribute in ATTRIBUTES),
    [attribute.key for attribute in INTERSECTION],
]


@dataclass(frozen=True)
class SliceLine:
    """One measure of one slice, formatted.

    Attributes:
      slice: the name of the slice.
      measure: the name of the measure.
      value: the value with its interval.
      examples: the number of examples.
    """

    slice: str
    measure: str
    value: str
    examples: int


@dataclass(frozen=True)
class Change:
    """One measure of one slice in two runs.

    Attributes:
      slice: the name of the slice.
      measure: the name of the measure.
      before: the value in the other run.
      now: the value in this run.
      worse: by how much it is worse now; below 0 if it is better.
      apart: whether neither value is in the interval of the other.
    """

    slice: str
    measure: str
    before: str
    now: str
    worse: float
    apart: bool


def worst_slices(document: Mapping[str, Any]) -> Iterator[SliceLine]:
    """Yields, per measure, all examples and the worst slices that are large enough."""
    overall, *rows = _rows(document)
    for key, measure in PAGE_MEASURES.items():
        if key not in overall["measures"]:
            continue
        ranked = [
            row
            for row in rows
            if row["measures"][key]["value"] is not None and not is_too_small(document, row, key)
        ]
        ranked.sort(key=lambda row: -measure.worse_sign * row["measures"][key]["value"])
        for row in (overall, *ranked[:_WORST]):
            value = format_interval(row, key)
            yield SliceLine(row["slice"], measure.display_title, value, examples_of(row, key))


def list_changes(now: Mapping[str, Any], before: Mapping[str, Any]) -> Sequence[Change]:
    """Returns the differences between two runs, the greatest deterioration first.

    Differences are in hundredths of the range of a measure: a percentage point, or a year. Slices
    that are too small in either run are left out, as are slices and measures that are not in
    both runs.
    """
    earlier = {row["slice"]: row for row in _rows(before)}
    differences = []
    for row in _rows(now):
        if row["slice"] not in earlier:
            continue
        both = (now, row), (before, earlier[row["slice"]])
        for key, measure in PAGE_MEASURES.items():
            if row["by"] and any(is_too_small(*run, key) for run in both):
                continue
            new, old = (measured["measures"].get(key) for _, measured in both)
            if not new or not old or None in (new["value"], old["value"], new["low"], old["low"]):
                continue
            worse = measure.worse_sign * (new["value"] - old["value"]) * measure.unit.factor
            differences.append(
                Change(
                    slice=row["slice"],
                    measure=measure.display_title,
                    before=measure.format(old["value"]),
                    now=measure.format(new["value"]),
                    worse=worse,
                    apart=not old["low"] <= new["value"] <= old["high"]
                    and not new["low"] <= old["value"] <= new["high"],
                )
            )
    return sorted(differences, key=lambda change: -change.worse)


def _rows(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [
        row
        for row in document["slices"]
        if not row["by"] or (row["by"] in _SLICINGS and not row["too_small"])
    ]
