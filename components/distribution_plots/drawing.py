"""Draws a bar chart for each task, with the splits stacked."""

import io
import math
from collections.abc import Mapping
from itertools import cycle

from matplotlib import rc_context
from matplotlib.figure import Figure

from components.distribution_plots.counts import LabelCounts
from trainer.palette import SERIES
from trainer.tasks import Task

# In a regression with a wider range, a bar covers several labels.
_MOST_BARS = 200


def draw(task: Task, counts: Mapping[str, LabelCounts], *, drawings: int = 0) -> bytes:
    """Draws the number of samples of each label of a task.

    Args:
      task: a classification, whose bars show names and shares, or a regression.
      counts: label counts by split name, in the order to stack them.
      drawings: number of samples that are drawings; if any, the title says so.

    Returns:
      An SVG document; the same bytes for the same counts.
    """
    labels = range(task.minimum, task.maximum + 1)
    step = 1 if task.classes else math.ceil(len(labels) / _MOST_BARS)
    values = labels[::step]
    middles = [value + (step - 1) / 2 for value in values]
    figure = Figure(figsize=(10, 4.5), layout="constrained")
    axes = figure.add_subplot()
    bottoms = [0] * len(values)
    for color, (split, split_counts) in zip(cycle(SERIES), counts.items(), strict=False):
        by_label = split_counts[task.label_key]
        heights = [sum(by_label[label] for label in range(value, value + step)) for value in values]
        axes.bar(middles, heights, bottom=bottoms, label=split, color=color, width=0.8 * step)
        bottoms = [bottom + height for bottom, height in zip(bottoms, heights, strict=True)]
    note = f"; {drawings:,} are drawings, not photographs" if drawings else ""
    axes.set_title(f"Samples by {task.name} ({sum(bottoms):,} in all{note})")
    axes.set_ylabel("samples")
    axes.set_xlabel(f"{task.name} in {task.unit}" if task.unit else task.name)
    if task.classes:
        axes.set_xticks(values, task.classes)
        for value, total in zip(values, bottoms, strict=True):
            share = total / max(1, sum(bottoms))
            axes.annotate(
                f"{total:,} ({share:.1%})",
                (value, total),
                xytext=(0, 3),
                textcoords="offset points",
                ha="center",
            )
        axes.margins(y=0.1)
    else:
        axes.set_xlim(task.minimum - step, task.maximum + step)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    document = io.BytesIO()
    # No date and a fixed salt for the ids, so equal counts give equal files.
    with rc_context({"svg.hashsalt": "utkface", "svg.fonttype": "path"}):
        figure.savefig(document, format="svg", metadata={"Date": None})
    return document.getvalue()
