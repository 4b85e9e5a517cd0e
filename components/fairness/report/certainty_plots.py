"""Plots of calibration, and of accuracy as the least confident predictions are withheld."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from components.html.svg import draw
from trainer.palette import FAINT, SERIES

_STYLES = ("-", "--", "-.", ":", (0, (5, 1)))
_SIZE = (4.6, 3.2)
# An accuracy of fewer predictions is not drawn.
_MIN_PREDICTIONS = 20


def draw_calibration(document: Mapping[str, Any], task: str) -> Markup | None:
    """Draws the accuracy by confidence over all examples; None if there are none."""
    bins = document["certainty"][0]["tasks"][task]["calibration"]
    if not bins:
        return None
    largest = max(point["examples"] for point in bins)

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.plot([0, 1], [0, 1], color=FAINT, linewidth=1, linestyle=":")
        axes.plot(
            [point["certainty"] for point in bins],
            [point["accuracy"] for point in bins],
            color=SERIES[0],
            linewidth=1.5,
        )
        for point in bins:
            size = 4 + 8 * (point["examples"] / largest) ** 0.5
            axes.plot(point["certainty"], point["accuracy"], "o", color=SERIES[0], markersize=size)
        _format_shares(axes, "confidence", "accuracy")

    description = "; ".join(
        f"confidence {point['certainty']:.0%}, accuracy {point['accuracy']:.0%}, "
        f"{point['examples']:,} examples"
        for point in bins
    )
    return draw(paint, key=f"calibration-{task}", label=f"{task}: {description}.", size=_SIZE)


def draw_coverage(document: Mapping[str, Any], task: str, attribute: str) -> Markup | None:
    """Draws the accuracy against the share of predictions kept, a line for each group."""
    lines = {
        row["slice"]: points
        for row in document["certainty"]
        if row["by"] == [attribute] and (points := _points(document, row, task))
    }
    if not lines:
        return None

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        for number, (group, points) in enumerate(lines.items()):
            axes.plot(
                [point["coverage"] for point in points],
                [point["accuracy"] for point in points],
                color=SERIES[number],
                linestyle=_STYLES[number],
                linewidth=1.8,
                label=group,
            )
        axes.invert_xaxis()
        _format_shares(axes, "share of predictions kept", "accuracy")
        figure.legend(loc="outside upper center", ncols=3)

    description = "; ".join(f"{group}: {_describe(points)}" for group, points in lines.items())
    return draw(
        paint,
        key=f"coverage-{task}-{attribute}",
        label=f"{task}: accuracy as the least confident predictions are withheld. {description}.",
        size=_SIZE,
    )


def _points(
    document: Mapping[str, Any], row: Mapping[str, Any], task: str
) -> Sequence[Mapping[str, Any]]:
    examples = {each["slice"]: each["examples"] for each in document["slices"]}[row["slice"]]
    if examples < document["min_examples"]:
        return []
    return [
        point
        for point in row["tasks"][task]["coverage"]
        if point["accuracy"] is not None and point["coverage"] * examples >= _MIN_PREDICTIONS
    ]


def _describe(points: Sequence[Mapping[str, Any]]) -> str:
    first, last = points[0], points[-1]
    return (
        f"{first['accuracy']:.0%} of all, {last['accuracy']:.0%} of the most confident "
        f"{last['coverage']:.0%}"
    )


def _format_shares(axes: Axes, x_label: str, y_label: str) -> None:
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1, 0))
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    axes.grid()
