"""A table of a measure by the two attributes of INTERSECTION."""

from collections.abc import Mapping
from typing import Any

from components.fairness.display import PAGE_MEASURES, examples_of, format_ends, is_too_small
from components.html.table import Cell, Table
from components.html.words import sentence_case
from trainer.groups import AGE_BAND, INTERSECTION

ALL = "all"
# Figures of earlier releases lack measures that were added later.
_ABSENT = {"value": None, "low": None, "high": None}
# The shade of the worst cell: text on it must stay readable.
_DARKEST = 0.5


def make_matrix(document: Mapping[str, Any], key: str) -> Table:
    """Returns a cell for each pair of values, and for `all` values of each attribute.

    The worst cell is the darkest. A cell that misses a bound is framed, and a cell with too few
    examples is hatched.

    Args:
      document: see components.fairness.document.
      key: key of the measure, one of PAGE_MEASURES.
    """
    rows = {row["slice"]: row for row in document["slices"]}
    missed = {miss["slice"] for miss in document["missed"] if miss["measure"] == key}
    # A small cell would set the scale by chance.
    values = [
        row["measures"][key]["value"]
        for row in rows.values()
        if AGE_BAND.key not in row["by"]
        and not is_too_small(document, row, key)
        and row["measures"].get(key, _ABSENT)["value"] is not None
    ]
    scale = (min(values), max(values)) if values else (0.0, 0.0)
    down, across = INTERSECTION
    columns = (*across.values, ALL)
    return Table(
        title=PAGE_MEASURES[key].display_title,
        headings=(sentence_case(down.words), *columns),
        rows=[
            [
                first,
                *(
                    _cell(document, rows[_name(first, second)], key, scale, missed)
                    for second in columns
                ),
            ]
            for first in (*down.values, ALL)
        ],
        stacks=False,
        has_caption=True,
    )


def _name(*values: str) -> str:
    return ", ".join(value for value in values if value != ALL) or ALL


def _cell(
    document: Mapping[str, Any],
    row: Mapping[str, Any],
    key: str,
    scale: tuple[float, float],
    missed: set[str],
) -> Cell:
    measure, estimate = PAGE_MEASURES[key], row["measures"].get(key, _ABSENT)
    too_small = is_too_small(document, row, key)
    low, high = scale
    shade = 0.0
    if estimate["value"] is not None and high > low and not too_small:
        part = (estimate["value"] - low) / (high - low)
        shade = _DARKEST * (part if measure.worse_sign > 0 else 1 - part)
    return Cell(
        measure.format(estimate["value"]),
        [format_ends(estimate, measure.format), f"n = {examples_of(row, key):,}"],
        " ".join(["framed"] * (row["slice"] in missed) + ["hatched"] * too_small),
        round(shade, 2),
    )
