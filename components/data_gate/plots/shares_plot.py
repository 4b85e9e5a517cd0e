"""Draws the shares of a feature's values as bars, next to the shares of other examples."""

from collections.abc import Mapping

from markupsafe import Markup
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from components.data_gate.plots import plot_series
from components.data_gate.plots.plot_series import WIDTH, Series, shares
from components.html.bars import Bars, plot_bars
from components.html.svg import draw
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

    def paint(figure: Figure) -> None:
        texts = [
            " ".join(filter(None, (f"{share:.1%}", marks.get(value))))
            for value, share in zip(values, now, strict=True)
        ]
        bars = [Bars(candidate.label, candidate.color, now, texts)]
        if baseline and before:
            bars.append(Bars(baseline.label, baseline.color, before))
        axes = plot_bars(figure, values, *bars)
        for value, patch in zip(values, axes.patches, strict=False):
            if value in marks:
                patch.set_color(STOP)
        axes.margins(x=0.3)
        axes.xaxis.set_major_formatter(PercentFormatter(1, 0))

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
