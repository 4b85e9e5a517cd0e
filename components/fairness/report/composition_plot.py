"""The number of images of each group in the train and the test split."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from components.html.svg import draw, label_bar
from trainer.palette import SERIES

_WIDTH = 4.2
_ROW = 0.36
_SPLITS = (("train", SERIES[0]), ("test", SERIES[1]))


def draw_composition(document: Mapping[str, Any], slicing: Sequence[str]) -> Markup | None:
    """Draws the number of images of each slice of a slicing.

    Args:
      document: see components.fairness.document.
      slicing: keys of attributes; one of components.fairness.measure.cells.SLICINGS.

    Returns:
      None if the images were not counted.
    """
    rows = [row for row in document["composition"] if list(row["by"]) == [*slicing]]
    if not any(sum(row["examples"].values()) for row in rows):
        return None

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        for shift, (split, color) in zip((-0.2, 0.2), _SPLITS, strict=True):
            counts = [row["examples"][split] for row in rows]
            axes.barh([place + shift for place in range(len(rows))], counts, 0.4, color=color)
            for place, count in enumerate(counts):
                label_bar(axes, f"{count:,}", count, place + shift)
        axes.set_yticks(range(len(rows)), [row["slice"] for row in rows])
        axes.invert_yaxis()
        axes.margins(x=0.15, y=0.02)
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel("images")
        keys = [Patch(color=color, label=split) for split, color in _SPLITS]
        figure.legend(handles=keys, loc="outside upper left", ncols=2)

    description = "; ".join(
        f"{row['slice']} {row['examples']['train']:,} and {row['examples']['test']:,}"
        for row in rows
    )
    return draw(
        paint,
        key=f"composition-{'-'.join(slicing).replace('_', '-')}",
        label=f"Images of the train and the test split: {description}.",
        size=(_WIDTH, 0.9 + _ROW * len(rows)),
    )
