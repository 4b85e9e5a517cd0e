"""Draws the shares of a feature's values as bars, beside those of other examples."""

from collections.abc import Mapping

from markupsafe import Markup
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from components.data_gate.sides import (
    OFFENDING,
    WIDTH,
    Side,
    finish_bars,
    label_bar,
    shares,
    values_of,
)
from components.html.svg import draw


def draw_shares(
    name: str, here: Side, there: Side | None, *, marks: Mapping[str, str], of: str, key: str
) -> Markup:
    """Draws a feature that takes few values.

    Args:
      name: of the feature.
      here: what the drawing is about.
      there: what it is held against.
      marks: the values of `here` that a finding is about, with the word to put beside them.
      of: whose shares they are, such as "the train split".
      key: see components.html.svg.draw.
    """
    values = values_of(name, *(side.found for side in (here, there) if side))
    now = shares(here.found, name, values)
    before = shares(there.found, name, values) if there else None
    shift, height = (0.2, 0.4) if before else (0.0, 0.7)

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        for place, (value, share) in enumerate(zip(values, now, strict=True)):
            axes.barh(
                place - shift, share, height, color=OFFENDING if value in marks else here.colour
            )
            text = " ".join(filter(None, (f"{share:.1%}", marks.get(value))))
            label_bar(axes, text, share, place - shift, size=8)
        if there and before:
            axes.barh(
                [place + shift for place in range(len(values))], before, height, color=there.colour
            )
            keys = [Patch(color=side.colour, label=side.words) for side in (here, there)]
            figure.legend(handles=keys, loc="outside upper right", ncols=2)
        axes.margins(x=0.3)
        finish_bars(axes, values)

    told = []
    for place, (value, share) in enumerate(zip(values, now, strict=True)):
        parts = [f"{value}: {share:.1%}"]
        if there and before:
            parts.append(f"{there.read} {before[place]:.1%}")
        told.append(", ".join([*parts, *filter(None, [marks.get(value)])]))
    return draw(
        paint,
        key=key,
        label=f"Shares of {of} by {name.replace('_', ' ')}. {'; '.join(told)}.",
        size=(WIDTH, 1.0 + 0.42 * len(values)),
    )
