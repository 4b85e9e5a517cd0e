"""Draws the train split beside the one that was accepted last, and marks what has moved."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from components.data_gate.described import ALL, Numbers, Slice, Slices, cell
from components.html.svg import COLOURS, draw
from trainer import features

_WIDTH = 4.4
_NOW, _BEFORE = "this run", "accepted last"
_MARK = "moved"
_OFFENDING = "#a13d00"
# Of the greatest move of a share: a value that moved by less is not what a finding is about.
_MARKED_SHARE = 0.5
_ORDER = {
    features.AGE_BAND_KEY: features.AGE_BANDS,
    features.GENDER_KEY: features.GENDERS,
    features.RACE_KEY: features.RACES,
}
_AXES = {
    features.AGE_KEY: "age in years",
    features.BRIGHTNESS_KEY: "brightness: mean grey level, 0 black to 255 white",
    features.CONTRAST_KEY: "contrast: standard deviation of the grey levels",
    features.SHARPNESS_KEY: "sharpness: variance of the Laplacian",
    features.COLOUR_KEY: "colour: mean distance from grey, of one picture in eight",
}


@dataclass(frozen=True)
class Plot:
    """A drawing with its title."""

    title: str
    svg: Markup


def draw_features(now: Slices, before: Slices, moved: Collection[str]) -> list[Plot]:
    """Draws each feature over all examples.

    Args:
      now: of the train split.
      before: what was accepted last; empty if nothing was.
      moved: the features that a finding is about.
    """
    here, there = now[ALL], before.get(ALL)
    plots = [
        Plot(_title(name, moved), _draw_shares(name, here, there, marked=name in moved))
        for name in _ORDER
        if name in here.counts
    ]
    return plots + [
        Plot(_title(name, moved), _draw_histogram(name, here, there, marked=name in moved))
        for name in _AXES
        if name in here.numbers
    ]


def draw_cells(now: Slices, marked: Collection[str]) -> Plot:
    """Draws how many examples each gender of each race has; the marked ones have a frame."""
    rows = [
        [now[cell(race, gender)].examples if cell(race, gender) in now else 0]
        for race in features.RACES
        for gender in features.GENDERS
    ]
    counts = [row[0] for row in rows]
    by_race = [counts[at : at + 2] for at in range(0, len(counts), len(features.GENDERS))]

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        most = max(1, *counts)
        axes.pcolormesh(by_race, cmap="Blues", vmin=0, vmax=most, edgecolors="white")
        for y, (race, row) in enumerate(zip(features.RACES, by_race, strict=True)):
            for x, (gender, count) in enumerate(zip(features.GENDERS, row, strict=True)):
                found = cell(race, gender) in marked
                colour = "white" if count > 0.7 * most else "black"
                text = f"{count:,}" + ("\ntoo few" if found else "")
                axes.text(x + 0.5, y + 0.5, text, color=colour, ha="center", va="center")
        axes.set_xticks([x + 0.5 for x in range(len(features.GENDERS))], features.GENDERS)
        axes.set_yticks([y + 0.5 for y in range(len(features.RACES))], features.RACES)
        axes.invert_yaxis()
        axes.spines[:].set_visible(False)
        axes.tick_params(length=0)

    names = [cell(race, gender) for race in features.RACES for gender in features.GENDERS]
    told = "; ".join(f"{name}: {n:,}" for name, n in zip(names, counts, strict=True))
    svg = draw(
        paint,
        key="cells",
        label=f"Examples of the train split by race and gender. {told}.",
        size=(_WIDTH, 3.6),
    )
    return Plot("Race and gender", svg)


def _draw_shares(name: str, here: Slice, there: Slice | None, *, marked: bool) -> Markup:
    values = [*_ORDER[name], *sorted(here.counts[name].keys() - {*_ORDER[name]})]
    now = _shares(here, name, values)
    before = _shares(there, name, values) if there else None
    moves = [abs(a - b) for a, b in zip(now, before, strict=True)] if before else []
    least = _MARKED_SHARE * max(moves, default=0)

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        for place, share in enumerate(now):
            offends = bool(marked and moves and moves[place] >= least)
            axes.barh(
                place - 0.2 if before else place,
                share,
                0.4 if before else 0.7,
                color=_OFFENDING if offends else COLOURS[0],
            )
            text = f"{share:.1%}" + (f" {_MARK}" if offends else "")
            axes.annotate(
                text,
                (share, place - 0.2 if before else place),
                xytext=(3, 0),
                textcoords="offset points",
                va="center",
                fontsize=8,
            )
        if before:
            places = [place + 0.2 for place in range(len(values))]
            axes.barh(places, before, 0.4, color=COLOURS[1])
        axes.set_yticks(range(len(values)), values)
        _finish(figure, axes, compared=before is not None)

    told = "; ".join(
        f"{value}: {share:.1%}" + (f", before {before[place]:.1%}" if before else "")
        for place, (value, share) in enumerate(zip(values, now, strict=True))
    )
    return draw(
        paint,
        key=name.replace("_", "-"),
        label=f"Shares of the train split by {name.replace('_', ' ')}. {told}.",
        size=(_WIDTH, 1.0 + 0.42 * len(values)),
    )


def _draw_histogram(name: str, here: Slice, there: Slice | None, *, marked: bool) -> Markup:
    now = here.numbers[name]
    before = there.numbers.get(name) if there else None

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        _stairs(axes, now, fill=True, color=COLOURS[0], label=_NOW)
        if before and marked:
            _mark_bins(axes, now, before)
        if before:
            _stairs(axes, before, color=COLOURS[1], linewidth=2.5, label=_BEFORE)
        axes.set_xlabel(_AXES[name])
        axes.set_ylabel("density")
        axes.set_yticks([])
        figure.legend(loc="outside upper right", ncols=2)

    told = f"mean {now.mean:.1f}, standard deviation {now.deviation:.1f}"
    if before:
        told += f"; before {before.mean:.1f} and {before.deviation:.1f}"
    return draw(paint, key=name, label=f"Histogram of {name}: {told}.", size=(_WIDTH, 2.8))


def _mark_bins(axes: Axes, now: Numbers, before: Numbers) -> None:
    """Paints the bins whose share has risen most, where it was not as high before."""
    total = sum(count for *_, count in now.bins) or 1
    risen = [
        (count / total - _share_between(before, low, high), low, high, count / total)
        for low, high, count in now.bins
        if high > low
    ]
    most = max((move for move, *_ in risen), default=0.0)
    label: str | None = _MARK
    for move, low, high, share in risen:
        if move > 0 and move >= _MARKED_SHARE * most:
            axes.bar(
                low, share / (high - low), high - low, align="edge", color=_OFFENDING, label=label
            )
            label = None


def _share_between(numbers: Numbers, low: float, high: float) -> float:
    """Returns the share of the values between two, evenly spread in each bin."""
    total = sum(count for *_, count in numbers.bins) or 1
    inside = 0.0
    for start, end, count in numbers.bins:
        if end > start:
            inside += count * max(0.0, min(high, end) - max(low, start)) / (end - start)
        elif low <= start < high:
            inside += count
    return inside / total


def _stairs(axes: Axes, numbers: Numbers, **style: Any) -> None:
    bins = [one for one in numbers.bins if one[1] > one[0]]
    if not bins:
        return
    total = sum(count for *_, count in bins) or 1
    densities = [count / total / (high - low) for low, high, count in bins]
    axes.stairs(densities, [bins[0][0], *(high for _, high, _ in bins)], **style)


def _shares(found: Slice, name: str, values: Sequence[str]) -> list[float]:
    counts = found.counts.get(name, {})
    total = sum(counts.values()) or 1
    return [counts.get(value, 0) / total for value in values]


def _finish(figure: Figure, axes: Axes, *, compared: bool) -> None:
    axes.invert_yaxis()
    axes.margins(x=0.3)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.tick_params(axis="y", length=0)
    if compared:
        keys = [Patch(color=COLOURS[0], label=_NOW), Patch(color=COLOURS[1], label=_BEFORE)]
        figure.legend(handles=keys, loc="outside upper right", ncols=2)


def _title(name: str, moved: Collection[str]) -> str:
    words = name.replace("_", " ").capitalize()
    return f"{words}: has moved" if name in moved else words
