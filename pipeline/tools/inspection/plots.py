"""Draws the plots of the page of `utkface inspect --html`."""

import math
from collections.abc import Callable, Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from components.html.svg import Plot, draw
from components.html.words import counted, sentence_case, share_of
from pipeline.tools.inspection.overview import ACROSS, Histogram, Overview
from trainer import features
from trainer.groups import COUNTED, INTERSECTION, Attribute
from trainer.palette import SERIES
from trainer.tasks import TASKS, Task

# By value of an attribute: the number of files for each value of ACROSS.
_Crossed = Mapping[str, tuple[int, ...]]

_WIDTH = 4.4
# One hue from light to dark: color-blind readers can read it, and it prints.
_COLOR_MAP = "Blues"
# The heading and the axis label of each scalar.
_SCALARS = {
    features.BRIGHTNESS_KEY: ("Brightness", "mean gray level, 0 black to 255 white"),
    features.CONTRAST_KEY: ("Contrast", "standard deviation of the gray levels"),
    features.COLOR_KEY: ("Color", "mean distance from gray, in one of eight files"),
    features.SHARPNESS_KEY: ("Sharpness", "variance of the Laplacian, more is sharper"),
}


def draw_labels(overview: Overview) -> list[Plot]:
    """Draws the distributions of the labels of the used files."""
    labels, scalars = overview.labels, overview.scalars
    columns = ((task, task.label_key) for task in TASKS)
    return [
        *(_draw_bands(by, labels[by.key]) for by in COUNTED if by.upper_bounds),
        *(_draw_matrix(by, labels[by.key]) for by in INTERSECTION if by is not ACROSS),
        *(_draw_bars(by, labels[by.key]) for by in reversed(COUNTED) if not by.upper_bounds),
        *(_draw_number(task, scalars[key]) for task, key in columns if key in scalars),
    ]


def draw_scalars(overview: Overview) -> list[Plot]:
    """Draws the brightness, contrast, color and sharpness of the used images."""
    drawn = [name for name in overview.scalars if name in _SCALARS]
    return [_draw_histogram(name, *_SCALARS[name], overview.scalars[name]) for name in drawn]


def _draw_number(task: Task, histogram: Histogram) -> Plot:
    axis = f"{task.name} in {task.unit}" if task.unit else task.name
    return _draw_histogram(task.name, sentence_case(task.name), axis, histogram)


def _draw_bands(by: Attribute, counts: _Crossed) -> Plot:
    task = by.task

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        starts = [0] * len(counts)
        for index, value in enumerate(ACROSS.values):
            widths = [row[index] for row in counts.values()]
            color = SERIES[index % len(SERIES)]
            axes.barh(list(counts), widths, left=starts, label=value, color=color)
            starts = [start + width for start, width in zip(starts, widths, strict=True)]
        for position, total in enumerate(starts):
            _write_at_end(axes, position, total, f"{total:,}")
        _finish_bars(axes)
        axes.set_ylabel(f"{task.name} in {task.unit}")
        figure.legend(loc="outside upper right", ncols=len(ACROSS.values))

    description = "; ".join(
        f"{band} {task.unit}: {_format_counts(row)}" for band, row in counts.items() if any(row)
    )
    return _draw_crossed(by, task.name, paint, description)


def _draw_matrix(by: Attribute, counts: _Crossed) -> Plot:
    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        rows = list(counts.values())
        most = max(1, *(count for row in rows for count in row))
        # Shapes rather than an image, which would be blurred.
        axes.pcolormesh(rows, cmap=_COLOR_MAP, vmin=0, vmax=most, edgecolors="white")
        for y, row in enumerate(rows):
            for x, count in enumerate(row):
                color = "white" if count > 0.7 * most else "black"
                axes.text(x + 0.5, y + 0.5, f"{count:,}", color=color, ha="center", va="center")
        axes.set_xticks([x + 0.5 for x in range(len(ACROSS.values))], ACROSS.values)
        axes.set_yticks([y + 0.5 for y in range(len(counts))], list(counts))
        axes.invert_yaxis()
        axes.spines[:].set_visible(False)
        axes.tick_params(length=0)

    description = "; ".join(f"{value}: {_format_counts(row)}" for value, row in counts.items())
    return _draw_crossed(by, by.words, paint, description)


def _draw_crossed(
    by: Attribute, name: str, paint: Callable[[Figure], None], description: str
) -> Plot:
    label = _label(f"{by.words} and {ACROSS.words}", description)
    svg = draw(paint, key=f"{by.key}-{ACROSS.key}", label=label, size=(_WIDTH, 3.6))
    return Plot(f"{sentence_case(name)} and {ACROSS.words}", svg)


def _draw_bars(by: Attribute, crossed: _Crossed) -> Plot:
    counts = {value: sum(row) for value, row in crossed.items()}
    total = sum(counts.values())
    words = {word: f"{n:,} ({share_of(n, total)})" for word, n in counts.items()}

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.barh(list(counts), list(counts.values()), color=SERIES[0])
        for position, (word, count) in enumerate(counts.items()):
            _write_at_end(axes, position, count, words[word])
        _finish_bars(axes)

    description = "; ".join(f"{word}: {text}" for word, text in words.items())
    size = (_WIDTH, 0.7 + 0.36 * len(counts))
    svg = draw(paint, key=by.key, label=_label(by.words, description), size=size)
    return Plot(sentence_case(by.words), svg)


def _draw_histogram(name: str, title: str, axis: str, histogram: Histogram) -> Plot:
    filled = [index for index, count in enumerate(histogram.counts) if count]
    first, last = filled[0], filled[-1]
    counts, edges = histogram.counts[first : last + 1], histogram.edges[first : last + 2]

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        # All bins have the same width, although the edges of sharpness grow.
        axes.stairs(counts, fill=True, color=SERIES[0])
        step = 2 * math.ceil(len(edges) / 12)
        ticks = range(-first % step, len(edges), step)
        axes.set_xticks(ticks, [f"{edges[tick]:,.0f}" for tick in ticks])
        axes.set_xlabel(axis)
        axes.set_ylabel("files")
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")

    note = (
        f"From {histogram.least:,.0f} to {histogram.greatest:,.0f} in "
        f"{counted(sum(counts), 'file')}; half of them have less than {histogram.median:,.0f}."
    )
    label = f"Histogram of {counted(sum(counts), 'used file')} by {name}: {axis}. {note}"
    return Plot(title, draw(paint, key=name, label=label, size=(_WIDTH, 2.6)), note)


def _write_at_end(axes: Axes, position: int, length: int, text: str) -> None:
    """Writes text next to the end of a horizontal bar."""
    axes.annotate(text, (length, position), xytext=(3, 0), textcoords="offset points", va="center")


def _finish_bars(axes: Axes) -> None:
    axes.set_xlabel("files")
    axes.invert_yaxis()
    # Leaves room for the text at the end of each bar.
    axes.margins(x=0.3)
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.tick_params(axis="y", length=0)


def _format_counts(counts: tuple[int, ...]) -> str:
    parts = zip(counts, ACROSS.values, strict=True)
    return ", ".join(f"{count:,} {value}" for count, value in parts)


def _label(what: str, description: str) -> str:
    return f"Used files by {what}. {description}."
