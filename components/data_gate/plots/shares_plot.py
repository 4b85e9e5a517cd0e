"""Draws the shares of a feature's values as bars, next to the shares of other examples."""

from collections.abc import Mapping

from markupsafe import Markup
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from components.data_gate.plots import plot_series
from components.data_gate.plots.plot_series import WIDTH, Series, shares
from components.html.svg import draw, label_bar
from trainer.palette import STOP


def draw_shares(
    name: str,
    candidate: Series,
    baseline: Series | None,
    *,
    marks: Mapping[str, str],
    of: str,
    key: str,
) -> Markup:
    """Draws the shares of a categorical feature.

    Args:
      name: name of the feature.
      candidate: examples that the plot is about.
      baseline: examples to compare them with; None if there are none.
      marks: values of `candidate` that a finding is about, with the word to put next to them.
      of: the examples in words, such as "the train split".
      key: see components.html.svg.draw.
    """
    values = plot_series.values_of(
        name, *(series.slice for series in (candidate, baseline) if series)
    )
    now = shares(candidate.slice, name, values)
    before = shares(baseline.slice, name, values) if baseline else None
    shift, height = (0.2, 0.4) if before else (0.0, 0.7)

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        places = range(len(values))
        colors = [STOP if value in marks else candidate.color for value in values]
        axes.barh([place - shift for place in places], now, height, color=colors)
        for place, value, share in zip(places, values, now, strict=True):
            text = " ".join(filter(None, (f"{share:.1%}", marks.get(value))))
            label_bar(axes, text, share, place - shift)
        if baseline and before:
            axes.barh([place + shift for place in places], before, height, color=baseline.color)
            keys = [Patch(color=one.color, label=one.label) for one in (candidate, baseline)]
            figure.legend(handles=keys, loc="outside upper right", ncols=2)
        axes.margins(x=0.3)
        plot_series.finish_bars(axes, values)

    description = []
    for place, (value, share) in enumerate(zip(values, now, strict=True)):
        parts = [f"{value}: {share:.1%}"]
        if baseline and before:
            parts.append(f"{baseline.prefix} {before[place]:.1%}")
        description.append(", ".join([*parts, *filter(None, [marks.get(value)])]))
    return draw(
        paint,
        key=key,
        label=f"Shares of {of} by {name.replace('_', ' ')}. {'; '.join(description)}.",
        size=(WIDTH, 1.0 + 0.42 * len(values)),
    )
