"""The mean error of a regression by age: whether predictions are too high or too low."""

import math
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup
from matplotlib.figure import Figure

from components.fairness.display import examples_of
from components.html.svg import draw
from trainer.groups import AGE_BAND, INTERSECTION
from trainer.palette import SERIES, SOFT
from trainer.tasks import Task

_MARKERS = ("o", "s", "^", "D", "v")
_FINEST = [*(attribute.key for attribute in INTERSECTION), AGE_BAND.key]


def draw_bias(document: Mapping[str, Any], task: Task, attribute: str) -> Markup | None:
    """Draws the mean error of a regression by age band, a line for each group of an attribute.

    Args:
      document: see components.fairness.document.
      task: the regression.
      attribute: key of one of trainer.groups.INTERSECTION.

    Returns:
      None if no group has enough examples at any age.
    """
    lines = bias_by_age(document, task, attribute)
    if not lines:
        return None
    bands = AGE_BAND.values

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.axhline(0, color=SOFT, linewidth=1)
        for number, (group, points) in enumerate(lines.items()):
            # A line has a gap where there are too few examples.
            axes.plot(
                range(len(bands)),
                [points.get(band, math.nan) for band in bands],
                marker=_MARKERS[number],
                color=SERIES[number],
                linewidth=1.5,
                markersize=5,
                label=group,
            )
        axes.set_xticks(range(len(bands)), bands)
        axes.set_xlabel(f"true {AGE_BAND.task.name}, {AGE_BAND.task.unit}")
        axes.set_ylabel(f"mean error, {task.unit}")
        axes.grid(axis="y")
        figure.legend(loc="outside upper center", ncols=3)

    description = "; ".join(
        f"{group}: " + ", ".join(f"{band} {value:+.1f}" for band, value in points.items())
        for group, points in lines.items()
    )
    measured = f"Mean error of the {task.name} in {task.unit}"
    return draw(
        paint,
        key=f"bias-{task.name}-{attribute}",
        label=f"{measured} by true {AGE_BAND.task.name} and {attribute}. {description}.",
        size=(4.6, 3.2),
    )


def bias_by_age(
    document: Mapping[str, Any], task: Task, attribute: str
) -> dict[str, dict[str, float]]:
    """Returns the mean error by group and age band, where there are enough examples."""
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    errors: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    key = f"{task.name}_bias"
    for row in document["slices"]:
        if row["by"] != _FINEST:
            continue
        group, band = row["values"][attribute], row["values"][AGE_BAND.key]
        examples = examples_of(row, key)
        if not examples:
            continue
        counts[group][band] += examples
        errors[group][band] += examples * row["measures"][key]["value"]
    lines = {}
    for group, by_band in counts.items():
        points = {
            band: errors[group][band] / by_band[band]
            for band in AGE_BAND.values
            if by_band.get(band, 0) >= document["min_examples"]
        }
        if points:
            lines[group] = points
    return lines
