"""Horizontal bars with a text at the end of each."""

from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from components.html.visible import visible_text


class Bars(NamedTuple):
    """A series of bars: their name and color in the legend, their lengths, and a text for each."""

    label: str
    color: str
    lengths: Sequence[float]
    texts: Sequence[str] = ()


def plot_bars(figure: Figure, names: Sequence[str], *series: Bars) -> Axes:
    """Draws one or two series on new axes, from top to bottom; two series have a legend."""
    axes = figure.add_subplot()
    height = 0.8 / len(series)
    for number, bars in enumerate(series):
        places = [place + (number + 0.5) * height - 0.4 for place in range(len(names))]
        axes.barh(places, bars.lengths, height, color=bars.color)
        for place, length, text in zip(places, bars.lengths, bars.texts, strict=False):
            at, offset = (length, place), (3, 0)
            axes.annotate(text, at, offset, textcoords="offset points", va="center", fontsize=8)
    axes.set_yticks(range(len(names)), [*map(visible_text, names)])
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)
    if len(series) > 1:
        keys = [Patch(color=bars.color, label=bars.label) for bars in series]
        figure.legend(handles=keys, loc="outside upper right", ncols=2)
    return axes
