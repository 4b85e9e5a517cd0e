"""Selects and formats figures for display."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from trainer.groups import AGE_BAND, ATTRIBUTES, INTERSECTION
from trainer.measures.measure import NOT_AVAILABLE, Surface, Unit
from trainer.measures.registry import measures_on
from trainer.tasks import TASKS

# The measures of the page, by key.
PAGE_MEASURES = measures_on(Surface.PAGE)
# Groupings of people. Age bands are left out, because they differ more.
GROUPINGS = [
    *([attribute.key] for attribute in INTERSECTION),
    [attribute.key for attribute in INTERSECTION],
]
_SUMMARY: list[list[str]] = [
    [],
    *([attribute.key] for attribute in ATTRIBUTES if attribute is not AGE_BAND),
    [attribute.key for attribute in INTERSECTION],
    [AGE_BAND.key],
]


def summary_rows(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Returns the rows of a summary table: all examples, and each group that has examples.

    Args:
      document: see components.fairness.document.
    """
    rows = [row for row in document["slices"] if row["by"] in _SUMMARY and row["examples"]]
    return sorted(rows, key=lambda row: _SUMMARY.index(row["by"]))


def format_interval(row: Mapping[str, Any], key: str) -> str:
    """Formats the value of a slice with its interval, e.g. "84% (72% to 92%)"."""
    return format_estimate(row["measures"][key], PAGE_MEASURES[key].format)


def format_estimate(estimate: Mapping[str, Any], write: Callable[[Any], str]) -> str:
    """Formats a value and its interval, if any; `write` formats each number."""
    if estimate["value"] is None:
        return NOT_AVAILABLE
    ends = format_ends(estimate, write)
    return write(estimate["value"]) + (f" ({ends})" if ends else "")


def format_gap(gap: Mapping[str, Any], unit: Unit) -> str:
    """Formats a difference and its interval, e.g. "8.2 points (6.0 to 9.7)"."""
    ends = format_ends(gap, lambda value: f"{value * unit.factor:.1f}")
    return f"{gap['value'] * unit.factor:.1f} {unit.points}" + (f" ({ends})" if ends else "")


def format_ends(estimate: Mapping[str, Any], write: Callable[[Any], str]) -> str:
    """Formats the ends of an interval, e.g. "72% to 92%"; empty without an interval."""
    low, high = estimate["low"], estimate["high"]
    return "" if low is None else f"{write(low)} to {write(high)}"


def examples_of(row: Mapping[str, Any], key: str) -> int:
    """Returns the number of examples of a slice with a known label for a measure."""
    return int(row["measures"].get(key, {}).get("examples", row["examples"]))


def is_too_small(document: Mapping[str, Any], row: Mapping[str, Any], key: str) -> bool:
    """Returns whether a slice has too few examples to compare a measure with a bound."""
    examples = examples_of(row, key)
    few = examples != row["examples"] and examples < document["min_examples"]
    return bool(row["too_small"] or few)


def rank(
    document: Mapping[str, Any], slicing: Sequence[str], key: str
) -> Sequence[Mapping[str, Any]]:
    """Returns the slices that are large enough and have the measure, worst first.

    Args:
      document: see components.fairness.document.
      slicing: keys of attributes; one of components.fairness.measure.cells.SLICINGS.
      key: key of the measure, one of PAGE_MEASURES.
    """
    rows = [
        row
        for row in document["slices"]
        if row["by"] == [*slicing]
        and not is_too_small(document, row, key)
        and row["measures"].get(key, {}).get("low") is not None
    ]
    sign = PAGE_MEASURES[key].worse_sign
    return sorted(rows, key=lambda row: -sign * row["measures"][key]["value"])


def worst_group(document: Mapping[str, Any], key: str) -> Mapping[str, Any] | None:
    """Returns the worst slice of GROUPINGS that is large enough; None if there is none."""
    rows = [row for grouping in GROUPINGS for row in rank(document, grouping, key)]
    sign = PAGE_MEASURES[key].worse_sign
    return max(rows, key=lambda row: sign * row["measures"][key]["value"], default=None)


def primary_values(document: Mapping[str, Any]) -> dict[str, float]:
    """Returns the number of examples, and the primary measure of each task over all examples."""
    overall = document["slices"][0]
    keys = [task.measure_key for task in TASKS if task.measure_key in overall["measures"]]
    return {
        "examples": overall["examples"],
        **{key: overall["measures"][key]["value"] for key in keys},
    }
