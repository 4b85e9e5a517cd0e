"""Rows of a plot, each a dot with its interval."""

from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.axes import Axes

_WIDTH = 4.2
_ROW_HEIGHT = 0.24


class Dot(NamedTuple):
    """A row: its name, its value with the ends of the interval, and the style of the dot."""

    name: str
    value: float
    low: float
    high: float
    color: str
    marker: str = "o"


def plot_dots(axes: Axes, dots: Sequence[Dot]) -> None:
    """Draws the dots from top to bottom."""
    for place, dot in enumerate(dots):
        axes.plot([dot.low, dot.high], [place, place], color=dot.color, linewidth=2)
        axes.plot(dot.value, place, dot.marker, color=dot.color, markersize=5)
    axes.set_yticks(range(len(dots)), [dot.name for dot in dots])
    axes.set_ylim(len(dots) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")


def dot_plot_size(dots: Sequence[Dot]) -> tuple[float, float]:
    """Returns the width and the height of the figure, in inches."""
    return _WIDTH, 0.7 + _ROW_HEIGHT * len(dots)
