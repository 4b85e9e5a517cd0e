"""Changes of a measure since the model blessed last."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup
from matplotlib.figure import Figure

from components.fairness.display import PAGE_MEASURES
from components.fairness.report.dot_plot import Dot, dot_plot_size, plot_dots
from components.html.svg import draw
from trainer.groups import AGE_BAND
from trainer.measures.measure import SHARE
from trainer.palette import FAINT, SERIES, SOFT

# The maximum number of slices in a plot.
_MOST_SLICES = 12


def draw_changes(document: Mapping[str, Any], key: str) -> Markup | None:
    """Draws the slices whose values of a measure changed most, the worst change on top.

    Args:
      document: see components.fairness.document.
      key: key of the measure, one of PAGE_MEASURES.

    Returns:
      None if there is no model to compare with.
    """
    measure = PAGE_MEASURES[key]
    factor = measure.unit.factor
    dots = [
        Dot(
            name=row["slice"],
            value=_change(row) * factor,
            low=row["low"] * factor,
            high=row["high"] * factor,
            color=SERIES[0] if row["low"] > 0 or row["high"] < 0 else FAINT,
        )
        for row in most_changed(document, key)
    ]
    if not dots:
        return None

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.axvline(0, color=SOFT, linewidth=1)
        plot_dots(axes, dots)
        unit = "percentage points" if measure.unit is SHARE else measure.unit.points
        axes.set_xlabel(f"{unit}; {'lower' if measure.higher_is_better else 'higher'} is worse")

    description = "; ".join(
        f"{dot.name} {dot.value:+.1f} ({dot.low:+.1f} to {dot.high:+.1f})" for dot in dots
    )
    return draw(
        paint,
        key=f"changes-{key.replace('_', '-')}",
        label=f"{measure.display_title}, new minus old, the worst change first: {description}.",
        size=dot_plot_size(dots),
    )


def most_changed(document: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    """Returns all examples and the slices that changed most, the worst change first.

    The finest slicing is left out, because its cells have few examples.
    """
    sign = PAGE_MEASURES[key].worse_sign
    changes = [
        row
        for row in document["changes"]
        if row["measure"] == key and not (len(row["by"]) > 1 and AGE_BAND.key in row["by"])
    ]
    overall = [row for row in changes if not row["by"]]
    slices = sorted(
        (row for row in changes if row["by"]), key=lambda row: abs(_change(row)), reverse=True
    )
    return sorted([*overall, *slices[:_MOST_SLICES]], key=lambda row: -_change(row) * sign)


def _change(row: Mapping[str, Any]) -> float:
    return float(row["now"] - row["before"])
