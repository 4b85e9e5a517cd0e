"""Race by gender as a table: each cell with its value, its interval and how many it is of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.fairness.told import SHOWN
from trainer import features

ALL = "all"
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
    """Returns a measure by race and then gender, with `all` of each.

    Args:
      document: of components.fairness.document.
      key: of the measure, one of components.fairness.told.SHOWN.
    """
    rows = {row["slice"]: row for row in document["slices"]}
    missed = {one["slice"] for one in document["missed"] if one["measure"] == key}
    # A small cell would set the scale by chance.
    values = [
        row["measures"][key]["value"]
        for row in rows.values()
        if "age_band" not in row["by"] and not row["too_small"]
    ]
    scale = (min(values), max(values)) if values else (0.0, 0.0)
    return {
        race: {
            gender: _cell(rows[_name(race, gender)], key, scale, missed)
            for gender in (*features.GENDERS, ALL)
        }
        for race in (*features.RACES, ALL)
    }


def _name(race: str, gender: str) -> str:
    return ", ".join(part for part in (race, gender) if part != ALL) or ALL


def _cell(
    row: Mapping[str, Any], key: str, scale: tuple[float, float], missed: set[str]
) -> MatrixCell:
    shown, found = SHOWN[key], row["measures"][key]
    low, high = scale
    shade = 0.0
    if found["value"] is not None and high > low and not row["too_small"]:
        part = (found["value"] - low) / (high - low)
        shade = _DARKEST * (part if shown.worse < 0 else 1 - part)
    return MatrixCell(
        value=shown.say(found["value"]),
        interval=""
        if found["low"] is None
        else f"{shown.say(found['low'])} to {shown.say(found['high'])}",
        examples=row["examples"],
        too_small=row["too_small"],
        missed=row["slice"] in missed,
        shade=round(shade, 2),
    )
