"""Slices from the worst to the best, each a dot with its interval."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup
from matplotlib.figure import Figure

from components.fairness.display import SHOWN, examples_of, format_interval, rank
from components.html.svg import draw
from trainer.measures.measure import SHARE
from trainer.palette import FAINT, GRID, SERIES

_WIDTH = 4.2
_ROW = 0.24


def draw_whiskers(document: Mapping[str, Any], slicing: Sequence[str], key: str) -> Markup | None:
    """Draws one measure of the slices of a slicing that are large enough.

    Args:
      document: of components.fairness.document.
      slicing: keys of attributes; one of components.fairness.measure.cells.SLICINGS.
      key: of the measure, one of SHOWN.

    Returns:
      None if there is no such slice.
    """
    shown = SHOWN[key]
    rows = rank(document, slicing, key)
    if not rows:
        return None
    overall = document["slices"][0]["measures"][key]["value"]
    missed = {one["slice"] for one in document["missed"] if one["measure"] == key}

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.axvline(overall, color=FAINT, linewidth=1, linestyle=":")
        for place, row in enumerate(rows):
            found = row["measures"][key]
            colour = SERIES[1] if row["slice"] in missed else SERIES[0]
            axes.plot([found["low"], found["high"]], [place, place], color=colour, linewidth=2)
            marker = "D" if row["slice"] in missed else "o"
            axes.plot(found["value"], place, marker, color=colour, markersize=5)
        names = [f"{row['slice']}  ({examples_of(row, key):,})" for row in rows]
        axes.set_yticks(range(len(rows)), names)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        if shown.unit is SHARE:
            axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x", color=GRID, linewidth=0.8)
        axes.set_axisbelow(True)
        axes.set_xlabel(shown.axis)

    description = "; ".join(f"{row['slice']} {format_interval(row, key)}" for row in rows)
    return draw(
        paint,
        key=f"whiskers-{key.replace('_', '-')}-{'-'.join(slicing).replace('_', '-')}",
        label=(
            f"{shown.display_title}, the worst first: {description}. Overall "
            f"{shown.format(overall)}."
        ),
        size=(_WIDTH, 0.7 + _ROW * len(rows)),
    )
