"""The trend of a measure over the last runs."""

import math
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from components.fairness.display import PAGE_MEASURES
from components.html.svg import draw
from trainer.measures.measure import SHARE
from trainer.palette import SERIES, SOFT

_SIZE = (4.2, 2.8)
# More dates would overlap.
_MOST_DATES = 3


def draw_trend(document: Mapping[str, Any], key: str) -> Markup | None:
    """Draws a measure run by run: over all examples, and in the worst group.

    Args:
      document: see components.fairness.document.
      key: key of the measure, one of PAGE_MEASURES.

    Returns:
      None if this is the first run.
    """
    # Runs of earlier releases lack measures that were added later.
    runs = [
        run for run in document["trend"] if run["measures"].get(key, {}).get("value") is not None
    ]
    if len(runs) < 2:
        return None
    measure = PAGE_MEASURES[key]
    estimates = [run["measures"][key] for run in runs]

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        places = range(len(runs))
        lows, highs = ([_or_nan(each[end]) for each in estimates] for end in ("low", "high"))
        axes.fill_between(places, lows, highs, color=SERIES[0], alpha=0.15, linewidth=0)
        for label, color, line, values in (
            ("all images", SERIES[0], "-", [each["value"] for each in estimates]),
            ("the worst group", SERIES[1], "--", [*map(_worst_value, estimates)]),
        ):
            axes.plot(places, values, line, color=color, linewidth=1.5, label=label)
            for place, value, run in zip(places, values, runs, strict=True):
                face = color if run["blessed"] else "white"
                axes.plot(place, value, "o", color=color, markerfacecolor=face, markersize=6)
        step = max(1, math.ceil(len(runs) / _MOST_DATES))
        ticks = list(places)[::-step][::-1]
        axes.set_xticks(ticks, [runs[place]["time"][:10] for place in ticks])
        axes.margins(x=0.12)
        if measure.unit is SHARE:
            axes.yaxis.set_major_formatter(PercentFormatter(1, 0))
        axes.set_ylabel(measure.axis)
        axes.grid(axis="y")
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
                measure.format(estimate["value"]),
                *([f"{worst['slice']} {measure.format(worst['value'])}"] if worst else []),
            ]
        )
        for run, estimate in zip(runs, estimates, strict=True)
        for worst in [estimate["worst"]]
    )
    return draw(
        paint,
        key=f"trend-{key.replace('_', '-')}",
        label=(
            f"{measure.display_title} run by run, over all images and in the worst group. "
            f"{description}."
        ),
        size=_SIZE,
    )


def _worst_value(estimate: Mapping[str, Any]) -> float:
    return _or_nan(estimate["worst"] and estimate["worst"]["value"])


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value
