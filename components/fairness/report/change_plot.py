"""What became better and worse since the model blessed last."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup
from matplotlib.figure import Figure

from components.fairness.display import SHOWN
from components.html.svg import draw
from trainer.groups import AGE_BAND
from trainer.measures.measure import SHARE
from trainer.palette import FAINT, GRID, SERIES, SOFT

_WIDTH = 4.2
_ROW = 0.24
# Of each measure; a page that shows all has too much on it.
_SHOWN = 12


def draw_changes(document: Mapping[str, Any], key: str) -> Markup | None:
    """Draws the slices whose values of a measure moved most, what became worse on top.

    Args:
      document: of components.fairness.document.
      key: of the measure, one of SHOWN.

    Returns:
      None if there is no model to compare with.
    """
    rows = most_changed(document, key)
    if not rows:
        return None
    shown = SHOWN[key]
    factor = shown.unit.factor

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.axvline(0, color=SOFT, linewidth=1)
        for place, row in enumerate(rows):
            sure = row["low"] > 0 or row["high"] < 0
            colour = SERIES[0] if sure else FAINT
            ends = [row["low"] * factor, row["high"] * factor]
            axes.plot(ends, [place, place], color=colour, linewidth=2)
            axes.plot(_moved(row) * factor, place, "o", color=colour, markersize=5)
        axes.set_yticks(range(len(rows)), [row["slice"] for row in rows])
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x", color=GRID, linewidth=0.8)
        axes.set_axisbelow(True)
        unit = "percentage points" if shown.unit is SHARE else shown.unit.points
        axes.set_xlabel(f"{unit}; {'lower' if shown.higher_is_better else 'higher'} is worse")

    description = "; ".join(
        f"{row['slice']} {_moved(row) * factor:+.1f} ({row['low'] * factor:+.1f} to "
        f"{row['high'] * factor:+.1f})"
        for row in rows
    )
    return draw(
        paint,
        key=f"changes-{key.replace('_', '-')}",
        label=f"{shown.display_title}, new minus old, the worst change first: {description}.",
        size=(_WIDTH, 0.7 + _ROW * len(rows)),
    )


def most_changed(document: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    """Returns all examples and the slices that moved most, what became worse first.

    The cells of the finest slicing are left out: they are few examples each.
    """
    sign = SHOWN[key].worse_sign
    found = [
        row
        for row in document["changes"]
        if row["measure"] == key and not (len(row["by"]) > 1 and AGE_BAND.key in row["by"])
    ]
    overall = [row for row in found if not row["by"]]
    slices = sorted(
        (row for row in found if row["by"]), key=lambda row: abs(_moved(row)), reverse=True
    )
    return sorted([*overall, *slices[:_SHOWN]], key=lambda row: -_moved(row) * sign)


def _moved(row: Mapping[str, Any]) -> float:
    return float(row["now"] - row["before"])
