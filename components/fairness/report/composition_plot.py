"""How many pictures of each group the train and the test split have."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from components.html.svg import draw
from trainer.palette import SERIES

_WIDTH = 4.2
_ROW = 0.36
_SPLITS = (("train", SERIES[0]), ("test", SERIES[1]))


def draw_composition(document: Mapping[str, Any], slicing: Sequence[str]) -> Markup | None:
    """Draws the pictures of each slice of a slicing.

    Args:
      document: of components.fairness.document.
      slicing: keys of attributes; one of components.fairness.measure.cells.SLICINGS.

    Returns:
      None if they were not counted.
    """
    rows = [row for row in document["composition"] if list(row["by"]) == [*slicing]]
    if not any(sum(row["examples"].values()) for row in rows):
        return None

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        for shift, (split, colour) in zip((-0.2, 0.2), _SPLITS, strict=True):
            counts = [row["examples"][split] for row in rows]
            axes.barh([place + shift for place in range(len(rows))], counts, 0.4, color=colour)
            for place, count in enumerate(counts):
                axes.annotate(
                    f"{count:,}",
                    (count, place + shift),
                    xytext=(3, 0),
                    textcoords="offset points",
                    va="center",
                    fontsize=8,
                )
        axes.set_yticks(range(len(rows)), [row["slice"] for row in rows])
        axes.invert_yaxis()
        axes.margins(x=0.15, y=0.02)
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel("pictures")
        keys = [Patch(color=colour, label=split) for split, colour in _SPLITS]
        figure.legend(handles=keys, loc="outside upper left", ncols=2)

    description = "; ".join(
        f"{row['slice']} {row['examples']['train']:,} and {row['examples']['test']:,}"
        for row in rows
    )
    return draw(
        paint,
        key=f"composition-{'-'.join(slicing).replace('_', '-')}",
        label=f"Pictures of the train and the test split: {description}.",
        size=(_WIDTH, 0.9 + _ROW * len(rows)),
    )
