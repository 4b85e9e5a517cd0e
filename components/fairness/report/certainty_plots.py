"""Whether a model is right as often as it is certain, and what withholding answers gains."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup
from matplotlib.figure import Figure

from components.html.svg import COLOURS, draw

_LINES = (*COLOURS, "#56b4e9")
_STYLES = ("-", "--", "-.", ":", (0, (5, 1)))
_SIZE = (4.6, 3.2)
# Of an accuracy of fewer answers nothing is drawn.
_LEAST_ANSWERS = 20


def draw_calibration(document: Mapping[str, Any], task: str) -> Markup | None:
    """Draws, of all examples, the share of right answers by certainty; None if there are none."""
    bins = document["certainty"][0]["tasks"][task]["calibration"]
    if not bins:
        return None
    largest = max(one["examples"] for one in bins)

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.plot([0, 1], [0, 1], color="#9aa5b1", linewidth=1, linestyle=":")
        axes.plot(
            [one["certainty"] for one in bins],
            [one["accuracy"] for one in bins],
            color=COLOURS[0],
            linewidth=1.5,
        )
        for one in bins:
            size = 4 + 8 * (one["examples"] / largest) ** 0.5
            axes.plot(one["certainty"], one["accuracy"], "o", color=COLOURS[0], markersize=size)
        _shares(axes, "how certain the model is", "share of right answers")

    told = "; ".join(
        f"{one['certainty']:.0%} certain, {one['accuracy']:.0%} right, {one['examples']:,} examples"
        for one in bins
    )
    return draw(paint, key=f"calibration-{task}", label=f"{task}: {told}.", size=_SIZE)


def draw_coverage(document: Mapping[str, Any], task: str, attribute: str) -> Markup | None:
    """Draws the accuracy against the share of examples that are answered, a line a group."""
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
                [one["coverage"] for one in points],
                [one["accuracy"] for one in points],
                color=_LINES[number],
                linestyle=_STYLES[number],
                linewidth=1.8,
                label=group,
            )
        axes.invert_xaxis()
        _shares(axes, "share of pictures that are answered", "share of right answers")
        figure.legend(loc="outside upper center", ncols=3)

    told = "; ".join(f"{group}: {_tell(points)}" for group, points in lines.items())
    return draw(
        paint,
        key=f"coverage-{task}-{attribute}",
        label=f"{task}, as answers of less certainty are withheld. {told}.",
        size=_SIZE,
    )


def _points(
    document: Mapping[str, Any], row: Mapping[str, Any], task: str
) -> Sequence[Mapping[str, Any]]:
    examples = {one["slice"]: one["examples"] for one in document["slices"]}[row["slice"]]
    if examples < document["min_examples"]:
        return []
    return [
        one
        for one in row["tasks"][task]["coverage"]
        if one["accuracy"] is not None and one["coverage"] * examples >= _LEAST_ANSWERS
    ]


def _tell(points: Sequence[Mapping[str, Any]]) -> str:
    first, last = points[0], points[-1]
    return (
        f"{first['accuracy']:.0%} of all, {last['accuracy']:.0%} of the most certain "
        f"{last['coverage']:.0%}"
    )


def _shares(axes: Any, along: str, up: str) -> None:
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.set_xlabel(along)
    axes.set_ylabel(up)
    axes.grid(color="#e4e7eb", linewidth=0.8)
    axes.set_axisbelow(True)
