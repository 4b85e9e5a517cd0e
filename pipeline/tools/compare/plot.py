"""Plots each metric per config, and beside it against the CPU time."""

import io
from itertools import cycle

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipeline.tools.compare.aggregation import COSTS, METRICS, Column, Comparison, Row
from trainer.palette import INK, SERIES

# A marker for each color, for color-blind readers.
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
_WIDTH = 10.0
_CPU = COSTS[0]
_STYLE = {
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.size": 9,
    "svg.fonttype": "path",
    "svg.hashsalt": "utkface",
    # A `$` in a name is a dollar sign, not the start of a formula.
    "text.parse_math": False,
}


def draw_comparison(comparison: Comparison) -> bytes:
    """Plots the values of all seeds.

    Returns:
      An SVG document; the same bytes for the same comparison.
    """
    # No date and a fixed salt for the ids: equal comparisons give equal files.
    with rc_context(_STYLE):
        figure = make_figure(comparison)
        document = io.BytesIO()
        figure.savefig(document, format="svg", metadata={"Date": None})
    return document.getvalue()


def make_figure(comparison: Comparison) -> Figure:
    """Lays out the panels: a row of two for each metric that has values."""
    rows = [row for row in comparison.rows if row.seeds]
    metrics = [metric for metric in METRICS if any(row.spreads[metric.key] for row in rows)]
    height = 1.3 + 0.3 * len(rows)
    figure = Figure(figsize=(_WIDTH, 0.5 + max(2.0, height) * len(metrics)), layout="constrained")
    figure.suptitle(
        f"On the {comparison.split} split, {comparison.examples:,} examples: "
        "one mark per seed, with the mean and one standard deviation to either side"
    )
    axes = figure.subplots(len(metrics), 2, squeeze=False, width_ratios=(3, 2))
    for metric, (left, right) in zip(metrics, axes, strict=True):
        _draw_rows(left, rows, metric)
        left.set_title(_title(metric, comparison), fontsize=9, loc="left")
        _draw_against_time(right, rows, metric)
    return figure


def _draw_rows(axes: Axes, rows: list[Row], metric: Column) -> None:
    marks = zip(cycle(SERIES), cycle(_MARKERS), strict=False)
    for position, (row, (color, marker)) in enumerate(zip(rows, marks, strict=False)):
        spread = row.spreads[metric.key]
        if spread is None:
            continue
        axes.plot([spread.mean] * 2, [position - 0.3, position + 0.3], color=INK, linewidth=2)
        if spread.deviation is not None:
            ends = (spread.mean - spread.deviation, spread.mean + spread.deviation)
            axes.plot(ends, [position] * 2, color=INK, linewidth=1)
        axes.plot(
            spread.values,
            [position] * len(spread.values),
            marker,
            color=color,
            markeredgecolor="white",
            alpha=0.85,
        )
        axes.annotate(
            spread.show(metric.pattern),
            (1.0, position),
            xycoords=("axes fraction", "data"),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
        )
    axes.set_yticks(range(len(rows)), [row.name for row in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", alpha=0.3)


def _draw_against_time(axes: Axes, rows: list[Row], metric: Column) -> None:
    marks = zip(cycle(SERIES), cycle(_MARKERS), strict=False)
    for row, (color, marker) in zip(rows, marks, strict=False):
        values, times = row.spreads[metric.key], row.spreads[_CPU.key]
        if values is None or times is None:
            continue
        axes.plot(
            times.values,
            values.values,
            marker,
            color=color,
            markeredgecolor="white",
            alpha=0.85,
            label=row.name,
        )
        axes.plot([times.mean], [values.mean], "+", color=color, markersize=14, markeredgewidth=2)
    axes.set_title("the same, against CPU time", fontsize=9, loc="left")
    axes.set_xlabel(_CPU.words)
    axes.set_xlim(left=0)
    axes.margins(y=0.15)
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, fontsize=8, loc="best")


def _title(metric: Column, comparison: Comparison) -> str:
    task = metric.task
    if task is None or metric.key != task.measure_key or task.name not in comparison.baseline:
        return metric.words
    # A line for it would lie far outside the values and squeeze them.
    majority = comparison.baseline[task.name]
    return f"{metric.words}; always predicting {majority['class']} gives {majority['accuracy']:.3f}"
