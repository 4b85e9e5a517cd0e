"""The plots of the page that `utkface inspect --html` writes."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from components.html.svg import COLOURS, draw
from components.html.words import counted, share_of
from components.utkface_example_gen.overview import Histogram, Overview
from trainer import features

_WIDTH = 4.4
# One hue from light to dark: it needs no eye for colours, and prints.
_COLOUR_MAP = "Blues"
# Of each number: its heading, and what its axis says.
_SCALARS = {
    features.BRIGHTNESS_KEY: ("Brightness", "mean grey level, 0 black to 255 white"),
    features.CONTRAST_KEY: ("Contrast", "standard deviation of the grey levels"),
    features.COLOUR_KEY: ("Colour", "mean distance from grey; measured of about one file in eight"),
    features.SHARPNESS_KEY: ("Sharpness", "variance of the Laplacian, more is sharper"),
}


@dataclass(frozen=True)
class Plot:
    """A drawing with what is written above and below it."""

    title: str
    svg: Markup
    note: str = ""


def draw_labels(overview: Overview) -> list[Plot]:
    """Draws how the labels of the used files are spread."""
    genders = {
        gender: sum(counts[index] for counts in overview.races.values())
        for index, gender in enumerate(features.GENDERS)
    }
    races = {race: sum(counts) for race, counts in overview.races.items()}
    return [
        Plot("Age and gender", _draw_ages(overview.age_bands)),
        Plot("Race and gender", _draw_matrix(overview.races)),
        Plot("Race", _draw_bars("race", races)),
        Plot("Gender", _draw_bars("gender", genders)),
    ]


def draw_scalars(overview: Overview) -> list[Plot]:
    """Draws how bright, how rich in contrast, how colourful and how sharp the used pictures are."""
    return [_draw_histogram(name, found) for name, found in overview.scalars.items()]


def _draw_ages(bands: Mapping[str, tuple[int, ...]]) -> Markup:
    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        starts = [0] * len(bands)
        for index, gender in enumerate(features.GENDERS):
            widths = [counts[index] for counts in bands.values()]
            axes.barh(list(bands), widths, left=starts, label=gender, color=COLOURS[index])
            starts = [start + width for start, width in zip(starts, widths, strict=True)]
        for place, total in enumerate(starts):
            _write_at_end(axes, place, total, f"{total:,}")
        _finish_bars(axes)
        axes.set_ylabel("age in years")
        figure.legend(loc="outside upper right", ncols=len(features.GENDERS))

    told = "; ".join(
        f"{band} years: {_by_gender(counts)}" for band, counts in bands.items() if any(counts)
    )
    return draw(paint, key="ages", label=_label("age band and gender", told), size=(_WIDTH, 3.6))


def _draw_matrix(races: Mapping[str, tuple[int, ...]]) -> Markup:
    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        rows = list(races.values())
        most = max(1, *(count for row in rows for count in row))
        # Squares as shapes, and not as a picture of them, which would be blurred.
        axes.pcolormesh(rows, cmap=_COLOUR_MAP, vmin=0, vmax=most, edgecolors="white")
        for y, row in enumerate(rows):
            for x, count in enumerate(row):
                colour = "white" if count > 0.7 * most else "black"
                axes.text(x + 0.5, y + 0.5, f"{count:,}", color=colour, ha="center", va="center")
        axes.set_xticks([x + 0.5 for x in range(len(features.GENDERS))], features.GENDERS)
        axes.set_yticks([y + 0.5 for y in range(len(races))], list(races))
        axes.invert_yaxis()
        axes.spines[:].set_visible(False)
        axes.tick_params(length=0)

    told = "; ".join(f"{race}: {_by_gender(counts)}" for race, counts in races.items())
    return draw(paint, key="matrix", label=_label("race and gender", told), size=(_WIDTH, 3.6))


def _draw_bars(what: str, counts: Mapping[str, int]) -> Markup:
    total = sum(counts.values())
    words = {word: f"{n:,} ({share_of(n, total)})" for word, n in counts.items()}

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.barh(list(counts), list(counts.values()), color=COLOURS[0])
        for place, (word, count) in enumerate(counts.items()):
            _write_at_end(axes, place, count, words[word])
        _finish_bars(axes)

    told = "; ".join(f"{word}: {text}" for word, text in words.items())
    size = (_WIDTH, 0.7 + 0.36 * len(counts))
    return draw(paint, key=what, label=_label(what, told), size=size)


def _draw_histogram(name: str, found: Histogram) -> Plot:
    title, axis = _SCALARS[name]
    filled = [place for place, count in enumerate(found.counts) if count]
    first, last = filled[0], filled[-1]
    counts, edges = found.counts[first : last + 1], found.edges[first : last + 2]

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        # All bins are equally wide, whatever their edges: those of sharpness grow.
        axes.stairs(counts, fill=True, color=COLOURS[0])
        step = 2 * math.ceil(len(edges) / 12)
        ticks = range(-first % step, len(edges), step)
        axes.set_xticks(ticks, [f"{edges[tick]:,.0f}" for tick in ticks])
        axes.set_xlabel(axis)
        axes.set_ylabel("files")
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")

    note = (
        f"From {found.least:,.0f} to {found.greatest:,.0f} in {counted(sum(counts), 'file')}; half "
        f"of them have less than {found.median:,.0f}."
    )
    label = f"Histogram of {counted(sum(counts), 'used file')} by {name}: {axis}. {note}"
    return Plot(title, draw(paint, key=name, label=label, size=(_WIDTH, 2.6)), note)


def _write_at_end(axes: Axes, place: int, length: int, text: str) -> None:
    """Writes a text beside the end of a horizontal bar."""
    axes.annotate(text, (length, place), xytext=(3, 0), textcoords="offset points", va="center")


def _finish_bars(axes: Axes) -> None:
    axes.set_xlabel("files")
    axes.invert_yaxis()
    # Room for the texts at the ends of the bars.
    axes.margins(x=0.3)
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.tick_params(axis="y", length=0)


def _by_gender(counts: tuple[int, ...]) -> str:
    parts = zip(counts, features.GENDERS, strict=True)
    return ", ".join(f"{count:,} {gender}" for count, gender in parts)


def _label(what: str, told: str) -> str:
    return f"Used files by {what}. {told}."
