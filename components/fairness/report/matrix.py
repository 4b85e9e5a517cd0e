"""A measure by the attributes that are crossed: values, intervals and examples as a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.fairness.display import SHOWN, examples_of, format_ends, is_too_small
from trainer.groups import AGE_BAND, INTERSECTION

ALL = "all"
# Figures of earlier releases lack the measures that came later.
_ABSENT = {"value": None, "low": None, "high": None}
# How dark the worst cell is: text on it must stay readable.
_DARKEST = 0.5


@dataclass(frozen=True)
class MatrixCell:
    """One cell in words.

    Attributes:
      value: such as "84%"; "-" where it is not defined.
      interval: such as "72% to 92%"; empty where there is none.
      examples: how many.
      too_small: whether they are too few to be asked anything.
      missed: whether it misses a bound.
      shade: 0 of the best cell to 0.5 of the worst.
    """

    value: str
    interval: str
    examples: int
    too_small: bool
    missed: bool
    shade: float


def make_matrix(document: Mapping[str, Any], key: str) -> dict[str, dict[str, MatrixCell]]:
    """Returns a measure by the values of the attributes that are crossed, with `all` of each.

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
    down, across = ((*attribute.values, ALL) for attribute in INTERSECTION)
    return {
        first: {
            second: _cell(document, rows[_name(first, second)], key, scale, missed)
            for second in across
        }
        for first in down
    }


def _name(*values: str) -> str:
    return ", ".join(value for value in values if value != ALL) or ALL


def _cell(
    document: Mapping[str, Any],
    row: Mapping[str, Any],
    key: str,
    scale: tuple[float, float],
    missed: set[str],
) -> MatrixCell:
    shown, found = SHOWN[key], row["measures"].get(key, _ABSENT)
    too_small = is_too_small(document, row, key)
    low, high = scale
    shade = 0.0
    if found["value"] is not None and high > low and not too_small:
        part = (found["value"] - low) / (high - low)
        shade = _DARKEST * (part if shown.worse_sign > 0 else 1 - part)
    return MatrixCell(
        value=shown.format(found["value"]),
        interval=format_ends(found, shown.format),
        examples=examples_of(row, key),
        too_small=too_small,
        missed=row["slice"] in missed,
        shade=round(shade, 2),
    )
