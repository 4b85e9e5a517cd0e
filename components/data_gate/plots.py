"""Draws the train split beside the one that was accepted last, and marks what is wrong with it."""

import itertools
from collections.abc import Collection
from dataclasses import dataclass

from markupsafe import Markup
from matplotlib.figure import Figure

from components.data_gate import sides
from components.data_gate.compared import COMPARED
from components.data_gate.described import ALL, Slices, slice_name
from components.data_gate.histogram_plot import draw_histogram
from components.data_gate.shares_plot import draw_shares
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
    here = sides.this_run(now[ALL])
    there = sides.accepted_last(before[ALL]) if ALL in before else None
    plots = []
    for name in sides.VALUES:
        if name not in here.found.counts:
            continue
        marks: dict[str, str] = {}
        if there and name in moved:
            marks |= dict.fromkeys(sides.moved_values(name, here.found, there.found), MOVED)
        if name in refused:
            marks |= dict.fromkeys(sides.unknown_values(name, here.found), REFUSED)
        key = name.replace("_", "-")
        svg = draw_shares(name, here, there, marks=marks, of="the train split", key=key)
        plots.append(Plot(_title(name, moved, refused), svg))
    for name, compared in COMPARED.items():
        if compared.axis and name in here.found.numbers:
            svg = draw_histogram(
                name, here, there, marked=name in moved, of="the train split", key=name
            )
            plots.append(Plot(_title(name, moved, refused), svg))
    return plots


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
        label=f"Examples of the train split by {sides.GROUPED_BY}. {told}.",
        size=(sides.WIDTH, 3.6),
    )
    return Plot(sentence_case(sides.GROUPED_BY), svg)


def _title(name: str, moved: Collection[str], refused: Collection[str]) -> str:
    said = ["has moved"] if name in moved else []
    if name in refused:
        said.append(NOT_AS_IN_SCHEMA)
    words = name.replace("_", " ").capitalize()
    return f"{words}: {' and '.join(said)}" if said else words
