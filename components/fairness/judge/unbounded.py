"""Differences between groups that no bound limits. They are warnings: a model passes despite them.

For the primary measure of each task, two differences are reported among the race, gender and
race x gender groups. Age bands are left out, because every model errs more at some ages.

- the worst group, if its 95% interval lies entirely on the worse side of the value over all
  examples and no `worst` bound is set;
- the largest gap between two groups, if its 95% interval lies above 0 and no `gap` bound is set.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from components.fairness.display import (
    GROUPINGS,
    PAGE_MEASURES,
    examples_of,
    format_ends,
    format_gap,
    worst_group,
)
from components.fairness.reason import GAP, WORST
from trainer.tasks import TASKS


@dataclass(frozen=True, kw_only=True)
class Unbounded:
    """A difference that no bound limits.

    Attributes:
      kind: WORST or GAP.
      measure: key of the measure.
      slice: the worst group.
      value: value of the group; for GAP, the gap. All values are in the unit of the measure.
      low, high: ends of the 95% interval of `value`.
      examples: number of examples of the group.
      against: reference of the comparison: `all`, or the best group.
      other: value over all examples; None for GAP.
    """

    kind: str
    measure: str
    slice: str
    value: float
    low: float
    high: float
    examples: int
    against: str
    other: float | None = None

    @property
    def setting(self) -> str:
        """The setting that would limit the difference."""
        return f"fairness.groups.{self.measure}.{self.kind}"


def find_unbounded(document: Mapping[str, Any]) -> list[Unbounded]:
    """Returns the differences that no bound limits, task by task.

    Args:
      document: see components.fairness.document.
    """
    bounds = document["settings"]["groups"]
    # Figures of earlier releases lack measures that were added later.
    measured = document["slices"][0]["measures"]
    differences: list[Unbounded] = []
    for key in (task.measure_key for task in TASKS if task.measure_key in measured):
        measure_bounds = bounds.get(key, {})
        if measure_bounds.get(WORST) is None:
            differences += _worst(document, key)
        if measure_bounds.get(GAP) is None:
            differences += _largest_gap(document, key)
    return differences


def format_unbounded(difference: Unbounded) -> str:
    """Formats one line: which group is worse, and by how much."""
    measure = PAGE_MEASURES[difference.measure]
    estimate = {end: getattr(difference, end) for end in ("value", "low", "high")}
    if difference.kind == GAP:
        side = "below" if measure.higher_is_better else "above"
        comparison = f"{format_gap(estimate, measure.unit)} {side} {difference.against}"
    else:
        unit = f" {measure.unit.name}" if measure.unit.name else ""
        ends = format_ends(estimate, measure.format)
        comparison = (
            f"{measure.format(difference.value)}{unit} ({ends}), compared with "
            f"{measure.format(difference.other)} overall"
        )
    return (
        f"{measure.display_name} of {difference.slice}: {comparison}; {difference.setting} is not "
        "set"
    )


def _worst(document: Mapping[str, Any], key: str) -> Iterator[Unbounded]:
    overall = document["slices"][0]["measures"][key]["value"]
    sign, row = PAGE_MEASURES[key].worse_sign, worst_group(document, key)
    if row is None:
        return
    estimate = row["measures"][key]
    if min(sign * (estimate[end] - overall) for end in ("low", "high")) > 0:
        yield Unbounded(
            kind=WORST,
            measure=key,
            slice=row["slice"],
            **{end: estimate[end] for end in ("value", "low", "high")},
            examples=examples_of(row, key),
            against="all",
            other=overall,
        )


def _largest_gap(document: Mapping[str, Any], key: str) -> Iterator[Unbounded]:
    gaps = [
        disparity
        for disparity in document["disparities"]
        if disparity["measure"] == key
        and [*disparity["attribute"]] in GROUPINGS
        and (disparity["gap"]["low"] or 0) > 0
    ]
    if gaps:
        widest = max(gaps, key=lambda disparity: disparity["gap"]["value"])
        rows = {row["slice"]: row for row in document["slices"]}
        yield Unbounded(
            kind=GAP,
            measure=key,
            slice=widest["worst"],
            **widest["gap"],
            examples=examples_of(rows[widest["worst"]], key),
            against=widest["best"],
        )
