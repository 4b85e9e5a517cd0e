"""A measure by the attributes that are crossed, as a table."""

from collections.abc import Mapping
from typing import Any

from components.fairness.display import SHOWN, examples_of, format_ends, is_too_small
from components.html.table import Cell, Table
from components.html.words import sentence_case
from trainer.groups import AGE_BAND, INTERSECTION

ALL = "all"
# Figures of earlier releases lack the measures that came later.
_ABSENT = {"value": None, "low": None, "high": None}
# How dark the worst cell is: text on it must stay readable.
_DARKEST = 0.5


def make_matrix(document: Mapping[str, Any], key: str) -> Table:
    """Returns a measure by the values of the attributes that are crossed, with `all` of each.

    The worst cell is the darkest. One that misses a bound is framed, and one of too few examples
    hatched.

    Args:
      document: of components.fairness.document.
      key: of the measure, one of components.fairness.display.SHOWN.
    """
    rows = {row["slice"]: row for row in document["slices"]}
    missed = {one["slice"] for one in document["missed"] if one["measure"] == key}
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
        title=SHOWN[key].display_title,
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
    shown, found = SHOWN[key], row["measures"].get(key, _ABSENT)
    too_small = is_too_small(document, row, key)
    low, high = scale
    shade = 0.0
    if found["value"] is not None and high > low and not too_small:
        part = (found["value"] - low) / (high - low)
        shade = _DARKEST * (part if shown.worse_sign > 0 else 1 - part)
    return Cell(
        shown.format(found["value"]),
        [format_ends(found, shown.format), f"n = {examples_of(row, key):,}"],
        " ".join(["framed"] * (row["slice"] in missed) + ["hatched"] * too_small),
        round(shade, 2),
    )
