"""Draws the histogram of a number, next to the histogram of other examples."""

from typing import Any

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from components.data_gate.checks.compared_features import COMPARED
from components.data_gate.plots.plot_series import MARKED_SHARE, WIDTH, Series
from components.data_gate.slice_statistics import Numbers
from components.html.svg import draw
from trainer.palette import STOP

_MARK = "drifted"


def draw_histogram(
    name: str, candidate: Series, baseline: Series | None, *, marked: bool, of: str, key: str
) -> Markup:
    """Draws the histogram of a numeric feature.

    Args:
      name: name of the feature.
      candidate: examples that the plot is about.
      baseline: examples to compare them with; they may lack the feature.
      marked: whether to mark the bins that grew most.
      of: the examples in words, such as "the train split".
      key: see components.html.svg.draw.
    """
    now = candidate.slice.numbers[name]
    before = baseline.slice.numbers.get(name) if baseline else None

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        _stairs(axes, now, fill=True, color=candidate.color, label=candidate.label)
        if before and marked:
            _mark_bins(axes, now, before)
        if baseline and before:
            _stairs(axes, before, color=baseline.color, linewidth=2.5, label=baseline.label)
        axes.set_xlabel(COMPARED[name].axis if name in COMPARED else f"{name} in pixels")
        axes.set_ylabel("density")
        axes.set_yticks([])
        figure.legend(loc="outside upper right", ncols=3)

    description = f"mean {now.mean:.1f}, standard deviation {now.deviation:.1f}"
    if baseline and before:
        description += f"; {baseline.prefix} {before.mean:.1f} and {before.deviation:.1f}"
    return draw(
        paint, key=key, label=f"Histogram of {name} of {of}: {description}.", size=(WIDTH, 2.8)
    )


def _mark_bins(axes: Axes, now: Numbers, before: Numbers) -> None:
    """Highlights the bins whose share rose most, where the share was lower before."""
    total = sum(count for *_, count in now.bins) or 1
    rises = [
        (count / total - _share_between(before, low, high), low, high, count / total)
        for low, high, count in now.bins
        if high > low
    ]
    most = max((rise for rise, *_ in rises), default=0.0)
    label: str | None = _MARK
    for rise, low, high, share in rises:
        if rise > 0 and rise >= MARKED_SHARE * most:
            axes.bar(low, share / (high - low), high - low, align="edge", color=STOP, label=label)
            label = None


def _share_between(numbers: Numbers, low: float, high: float) -> float:
    """Returns the share of the values between two bounds; values spread evenly within a bin."""
    total = sum(count for *_, count in numbers.bins) or 1
    inside = 0.0
    for start, end, count in numbers.bins:
        if end > start:
            inside += count * max(0.0, min(high, end) - max(low, start)) / (end - start)
        elif low <= start < high:
            inside += count
    return inside / total


def _stairs(axes: Axes, numbers: Numbers, **style: Any) -> None:
    bins = [one for one in numbers.bins if one[1] > one[0]]
    if not bins:
        return
    total = sum(count for *_, count in bins) or 1
    densities = [count / total / (high - low) for low, high, count in bins]
    axes.stairs(densities, [bins[0][0], *(high for _, high, _ in bins)], **style)
