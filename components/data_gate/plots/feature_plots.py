"""Plots of the train split next to the train split accepted last, with problems marked."""

from collections.abc import Collection

from markupsafe import Markup

from components.data_gate.checks.compared_features import COMPARED
from components.data_gate.plots import plot_series
from components.data_gate.plots.histogram_plot import draw_histogram
from components.data_gate.plots.shares_plot import draw_shares
from components.data_gate.slice_statistics import ALL, Slices
from components.html.svg import Plot

MOVED, REFUSED = "drifted", "not allowed"
NOT_AS_IN_SCHEMA = "violates the schema"


def draw_features(
    now: Slices, before: Slices, moved: Collection[str], refused: Collection[str]
) -> list[Plot]:
    """Draws each feature over all examples.

    Args:
      now: slices of the train split.
      before: slices of the data accepted last; empty if there is none.
      moved: features that a drift finding names.
      refused: features that violate the schema.
    """
    candidate = plot_series.this_run(now[ALL])
    baseline = plot_series.accepted_last(before[ALL]) if ALL in before else None
    counts, numbers = candidate.slice.counts, candidate.slice.numbers
    names = [name for name in plot_series.VALUES if name in counts]
    names += [name for name, one in COMPARED.items() if one.axis and name in numbers]
    plots = []
    for name in names:
        problems = ["has drifted"] if name in moved else []
        problems += [NOT_AS_IN_SCHEMA] if name in refused else []
        svg = draw_feature(
            name,
            candidate,
            baseline,
            moved=name in moved,
            refused=name in refused,
            of="the train split",
            key=name.replace("_", "-"),
        )
        title = name.replace("_", " ").capitalize()
        plots.append(Plot(f"{title}: {' and '.join(problems)}" if problems else title, svg))
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
    """Draws a categorical feature as bars of shares, and a numeric feature as a histogram.

    Marks the values that moved most, and the values that the schema refuses; see draw_shares and
    draw_histogram.
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
