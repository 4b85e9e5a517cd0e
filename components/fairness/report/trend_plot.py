"""The trend of a measure over the last runs."""

import math
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from components.fairness.display import SHOWN
from components.html.svg import draw
from trainer.measures.measure import SHARE
from trainer.palette import GRID, SERIES, SOFT

_SIZE = (4.2, 2.8)
# More dates would overlap.
_LABELS = 3


def draw_trend(document: Mapping[str, Any], key: str) -> Markup | None:
    """Draws a measure run by run: over all examples, and in the worst group.

    Args:
      document: of components.fairness.document.
      key: of the measure, one of SHOWN.

    Returns:
      None if this is the first run.
    """
    # Runs of earlier releases lack the measures that came later.
    runs = [
        run for run in document["trend"] if run["measures"].get(key, {}).get("value") is not None
    ]
    if len(runs) < 2:
        return None
    shown = SHOWN[key]
    found = [run["measures"][key] for run in runs]

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        places = range(len(runs))
        lows, highs = ([_defined(one[end]) for one in found] for end in ("low", "high"))
        axes.fill_between(places, lows, highs, color=SERIES[0], alpha=0.15, linewidth=0)
        for label, colour, line, values in (
            ("all pictures", SERIES[0], "-", [one["value"] for one in found]),
            ("the worst group", SERIES[1], "--", [_worst(one) for one in found]),
        ):
            axes.plot(places, values, line, color=colour, linewidth=1.5, label=label)
            for place, value, run in zip(places, values, runs, strict=True):
                face = colour if run["blessed"] else "white"
                axes.plot(place, value, "o", color=colour, markerfacecolor=face, markersize=6)
        step = max(1, math.ceil(len(runs) / _LABELS))
        ticks = list(places)[::-step][::-1]
        axes.set_xticks(ticks, [runs[place]["time"][:10] for place in ticks])
        axes.margins(x=0.12)
        if shown.unit is SHARE:
            axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        axes.set_ylabel(shown.axis)
        axes.grid(axis="y", color=GRID, linewidth=0.8)
        axes.set_axisbelow(True)
        keys = [
            *axes.get_legend_handles_labels()[0],
            Line2D([], [], marker="o", color=SOFT, markerfacecolor="white", linestyle=""),
        ]
        names = [*axes.get_legend_handles_labels()[1], "not blessed"]
        figure.legend(keys, names, loc="outside upper left", ncols=2, fontsize=9)

    description = "; ".join(
        ", ".join(
            [
                f"{run['time'][:10]}{'' if run['blessed'] else ' not blessed'}",
                shown.format(one["value"]),
                *([f"{worst['slice']} {shown.format(worst['value'])}"] if worst else []),
            ]
        )
        for run, one in zip(runs, found, strict=True)
        for worst in [one["worst"]]
    )
    return draw(
        paint,
        key=f"trend-{key.replace('_', '-')}",
        label=f"{shown.display_title} run by run, of all and of the worst group. {description}.",
        size=_SIZE,
    )


def _worst(found: Mapping[str, Any]) -> float:
    return _defined(found["worst"] and found["worst"]["value"])


def _defined(value: float | None) -> float:
    return math.nan if value is None else value
