"""One bar chart a label, the splits stacked."""

import io
from collections.abc import Mapping
from itertools import cycle

from matplotlib import rc_context
from matplotlib.figure import Figure

from components.distribution_plots.counts import LabelCounts
from trainer import features
from trainer.tasks import CLASSES

# Okabe and Ito's palette, which colour-blind readers can tell apart.
_COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7")


def draw(label: str, counts: Mapping[str, LabelCounts], *, drawings: int = 0) -> bytes:
    """Draws how many samples there are of each value of a label.

    Args:
      label: one of trainer.features.LABEL_KEYS.
      counts: by split name, in the order they are stacked.
      drawings: how many of the samples are drawings; if any, the title says so.

    Returns:
      An SVG document; the same bytes for the same counts.
    """
    classes = CLASSES.get(label)
    values = range(len(classes)) if classes else range(features.MIN_AGE, features.MAX_AGE + 1)
    figure = Figure(figsize=(10, 4.5), layout="constrained")
    axes = figure.add_subplot()
    bottoms = [0] * len(values)
    for colour, (split, split_counts) in zip(cycle(_COLOURS), counts.items(), strict=False):
        heights = [split_counts[label][value] for value in values]
        axes.bar(values, heights, bottom=bottoms, label=split, color=colour, width=0.8)
        bottoms = [bottom + height for bottom, height in zip(bottoms, heights, strict=True)]
    note = f"; {drawings:,} are drawings, not photographs" if drawings else ""
    axes.set_title(f"Samples by {label} ({sum(bottoms):,} in all{note})")
    axes.set_ylabel("samples")
    axes.set_xlabel("age in years" if classes is None else label)
    if classes:
        axes.set_xticks(values, classes)
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
        axes.set_xlim(features.MIN_AGE - 1, features.MAX_AGE + 1)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    document = io.BytesIO()
    # No date and a fixed salt for the ids: equal counts give equal files.
    with rc_context({"svg.hashsalt": "utkface", "svg.fonttype": "path"}):
        figure.savefig(document, format="svg", metadata={"Date": None})
    return document.getvalue()
