"""The number of images of each group in the train and the test split."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup
from matplotlib.figure import Figure

from components.html.bars import Bars, plot_bars
from components.html.svg import draw
from trainer.palette import SERIES

_WIDTH = 4.2
_ROW = 0.36


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
        bars = []
        for split, color in zip(("train", "test"), SERIES, strict=False):
            counts = [row["examples"][split] for row in rows]
            bars.append(Bars(split, color, counts, [f"{count:,}" for count in counts]))
        axes = plot_bars(figure, [row["slice"] for row in rows], *bars)
        axes.margins(x=0.15, y=0.02)
        axes.set_xlabel("images")

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
