"""Draws the train split beside the one that was accepted last, and marks what is wrong with it."""

import itertools
from collections.abc import Collection
from dataclasses import dataclass

from markupsafe import Markup
from matplotlib.figure import Figure

from components.data_gate.checks.compared import COMPARED
from components.data_gate.described import ALL, Slices, slice_name
from components.data_gate.plots import plot_series
from components.data_gate.plots.histogram_plot import draw_histogram
from components.data_gate.plots.shares_plot import draw_shares
from components.html.svg import draw
from components.html.words import sentence_case
from trainer.groups import INTERSECTION

MOVED, REFUSED = "moved", "not allowed"
NOT_AS_IN_SCHEMA = "is not as the schema has it"


@dataclass(frozen=True)
class Plot:
    """A drawing with its title."""

    title: str
    svg: Markup


def draw_features(
    now: Slices, before: Slices, moved: Collection[str], refused: Collection[str]
) -> list[Plot]:
    """Draws each feature over all examples.

    Args:
      now: of the train split.
      before: what was accepted last; empty if nothing was.
      moved: the features that a finding about drift names.
      refused: the features that the schema finds something wrong with.
    """
    candidate = plot_series.this_run(now[ALL])
    baseline = plot_series.accepted_last(before[ALL]) if ALL in before else None
    counts, numbers = candidate.slice.counts, candidate.slice.numbers
    names = [name for name in plot_series.VALUES if name in counts]
    names += [name for name, one in COMPARED.items() if one.axis and name in numbers]
    plots = []
    for name in names:
        said = ["has moved"] if name in moved else []
        said += [NOT_AS_IN_SCHEMA] if name in refused else []
        svg = draw_feature(
            name,
            candidate,
            baseline,
            moved=name in moved,
            refused=name in refused,
            of="the train split",
            key=name.replace("_", "-"),
        )
        words = name.replace("_", " ").capitalize()
        plots.append(Plot(f"{words}: {' and '.join(said)}" if said else words, svg))
    return plots


def draw_feature(
    name: str,
    candidate: plot_series.Series,
    baseline: plot_series.Series | None,
    *,
    moved: bool,
    refused: bool = False,
    of: str,
    key: str,
) -> Markup:
    """Draws shares where a feature takes few values, and a histogram where it is a number.

    Marks what has moved most, and the values that have no word; see draw_shares, draw_histogram.
    """
    if name not in plot_series.VALUES:
        return draw_histogram(name, candidate, baseline, marked=moved, of=of, key=key)
    marks: dict[str, str] = {}
    if baseline and moved:
        marks |= dict.fromkeys(
            plot_series.moved_values(name, candidate.slice, baseline.slice), MOVED
        )
    if refused:
        marks |= dict.fromkeys(plot_series.unknown_values(name, candidate.slice), REFUSED)
    return draw_shares(name, candidate, baseline, marks=marks, of=of, key=key)


def draw_cells(now: Slices, marked: Collection[str]) -> Plot:
    """Draws how many examples each group of INTERSECTION has; the marked ones have a frame."""
    rows, columns = INTERSECTION
    names = [[slice_name(row, column) for column in columns.values] for row in rows.values]
    counts = [[now[name].examples if name in now else 0 for name in row] for row in names]

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        most = max(1, *(count for row in counts for count in row))
        axes.pcolormesh(counts, cmap="Blues", vmin=0, vmax=most, edgecolors="white")
        for y, row in enumerate(counts):
            for x, count in enumerate(row):
                colour = "white" if count > 0.7 * most else "black"
                text = f"{count:,}" + ("\ntoo few" if names[y][x] in marked else "")
                axes.text(x + 0.5, y + 0.5, text, color=colour, ha="center", va="center")
        axes.set_xticks([x + 0.5 for x in range(len(columns.values))], columns.values)
        axes.set_yticks([y + 0.5 for y in range(len(rows.values))], rows.values)
        axes.invert_yaxis()
        axes.spines[:].set_visible(False)
        axes.tick_params(length=0)

    pairs = zip(itertools.chain(*names), itertools.chain(*counts), strict=True)
    told = "; ".join(f"{name}: {count:,}" for name, count in pairs)
    svg = draw(
        paint,
        key="cells",
        label=f"Examples of the train split by {plot_series.GROUPED_BY}. {told}.",
        size=(plot_series.WIDTH, 3.6),
    )
    return Plot(sentence_case(plot_series.GROUPED_BY), svg)
