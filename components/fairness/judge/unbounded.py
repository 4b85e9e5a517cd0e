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
    SHOWN,
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
    found: list[Unbounded] = []
    for key in (task.measure_key for task in TASKS if task.measure_key in measured):
        asked = bounds.get(key, {})
        if asked.get(WORST) is None:
            found += _worst(document, key)
        if asked.get(GAP) is None:
            found += _largest_gap(document, key)
    return found


def format_unbounded(one: Unbounded) -> str:
    """Formats one line: which group is worse, and by how much."""
    shown = SHOWN[one.measure]
    estimate = {"value": one.value, "low": one.low, "high": one.high}
    if one.kind == GAP:
        side = "below" if shown.higher_is_better else "above"
        said = f"{format_gap(estimate, shown.unit)} {side} {one.against}"
    else:
        unit = f" {shown.unit.name}" if shown.unit.name else ""
        said = (
            f"{shown.format(one.value)}{unit} ({format_ends(estimate, shown.format)}), compared "
            f"with {shown.format(one.other)} overall"
        )
    return f"{shown.display_name} of {one.slice}: {said}; {one.setting} is not set"


def _worst(document: Mapping[str, Any], key: str) -> Iterator[Unbounded]:
    overall = document["slices"][0]["measures"][key]["value"]
    sign, row = SHOWN[key].worse_sign, worst_group(document, key)
    if row is None:
        return
    found = row["measures"][key]
    if min(sign * (found[end] - overall) for end in ("low", "high")) > 0:
        yield Unbounded(
            kind=WORST,
            measure=key,
            slice=row["slice"],
            **{end: found[end] for end in ("value", "low", "high")},
            examples=examples_of(row, key),
            against="all",
            other=overall,
        )


def _largest_gap(document: Mapping[str, Any], key: str) -> Iterator[Unbounded]:
    gaps = [
        one
        for one in document["disparities"]
        if one["measure"] == key
        and [*one["attribute"]] in GROUPINGS
        and (one["gap"]["low"] or 0) > 0
    ]
    if gaps:
        widest = max(gaps, key=lambda one: one["gap"]["value"])
        rows = {row["slice"]: row for row in document["slices"]}
        yield Unbounded(
            kind=GAP,
            measure=key,
            slice=widest["worst"],
            **widest["gap"],
            examples=examples_of(rows[widest["worst"]], key),
            against=widest["best"],
        )
