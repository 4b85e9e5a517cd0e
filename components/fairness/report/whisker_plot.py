"""A measure of slices from the worst to the best, with intervals."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from components.fairness.display import PAGE_MEASURES, examples_of, format_interval, rank
from components.fairness.report.dot_plot import Dot, dot_plot_size, plot_dots
from components.html.svg import draw
from trainer.measures.measure import SHARE
from trainer.palette import FAINT, SERIES


def draw_whiskers(document: Mapping[str, Any], slicing: Sequence[str], key: str) -> Markup | None:
    """Draws a measure of the slices of a slicing that are large enough.

    Args:
      document: see components.fairness.document.
      slicing: keys of attributes; one of components.fairness.measure.cells.SLICINGS.
      key: key of the measure, one of PAGE_MEASURES.

    Returns:
      None if there is no such slice.
    """
    measure = PAGE_MEASURES[key]
    rows = rank(document, slicing, key)
    if not rows:
        return None
    overall = document["slices"][0]["measures"][key]["value"]
    missed = {miss["slice"] for miss in document["missed"] if miss["measure"] == key}
    dots = [
        Dot(
            name=f"{row['slice']}  ({examples_of(row, key):,})",
            **{end: row["measures"][key][end] for end in ("value", "low", "high")},
            color=SERIES[1] if row["slice"] in missed else SERIES[0],
            marker="D" if row["slice"] in missed else "o",
        )
        for row in rows
    ]

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.axvline(overall, color=FAINT, linewidth=1, linestyle=":")
        plot_dots(axes, dots)
        if measure.unit is SHARE:
            axes.xaxis.set_major_formatter(PercentFormatter(1, 0))
        axes.set_xlabel(measure.axis)

    description = "; ".join(f"{row['slice']} {format_interval(row, key)}" for row in rows)
    return draw(
        paint,
        key=f"whiskers-{key.replace('_', '-')}-{'-'.join(slicing).replace('_', '-')}",
        label=(
            f"{measure.display_title}, the worst first: {description}. Overall "
            f"{measure.format(overall)}."
        ),
        size=dot_plot_size(dots),
    )
