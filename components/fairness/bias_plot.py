"""By how much people of each age are made older or younger."""

import math
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup
from matplotlib.figure import Figure

from components.html.svg import COLOURS, draw
from trainer import features

_MARKERS = ("o", "s", "^", "D", "v")
_LINES = (*COLOURS, "#56b4e9")


def draw_bias(document: Mapping[str, Any], attribute: str) -> Markup | None:
    """Draws the mean error of the age by age band, a line for each group of an attribute.

    Args:
      document: of components.fairness.document.
      attribute: race or gender.

    Returns:
      None if no group has enough examples of any age.
    """
    lines = bias_by_age(document, attribute)
    if not lines:
        return None
    bands = features.AGE_BANDS

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.axhline(0, color="#52606d", linewidth=1)
        for number, (group, points) in enumerate(lines.items()):
            # A line breaks off where there are too few to tell.
            axes.plot(
                range(len(bands)),
                [points.get(band, math.nan) for band in bands],
                marker=_MARKERS[number],
                color=_LINES[number],
                linewidth=1.5,
                markersize=5,
                label=group,
            )
        axes.set_xticks(range(len(bands)), bands)
        axes.set_xlabel("true age, years")
        axes.set_ylabel("mean error, years")
        axes.grid(axis="y", color="#e4e7eb", linewidth=0.8)
        axes.set_axisbelow(True)
        figure.legend(loc="outside upper center", ncols=3)

    told = "; ".join(
        f"{group}: " + ", ".join(f"{band} {value:+.1f}" for band, value in points.items())
        for group, points in lines.items()
    )
    return draw(
        paint,
        key=f"bias-{attribute}",
        label=f"Mean error of the age in years by true age and {attribute}. {told}.",
        size=(4.6, 3.2),
    )


def bias_by_age(document: Mapping[str, Any], attribute: str) -> dict[str, dict[str, float]]:
    """Returns the mean error by age band, by group; of those that are big enough."""
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    errors: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in document["slices"]:
        if row["by"] != ["race", "gender", "age_band"] or not row["examples"]:
            continue
        group, band = row["values"][attribute], row["values"]["age_band"]
        counts[group][band] += row["examples"]
        errors[group][band] += row["examples"] * row["measures"]["age_bias"]["value"]
    found = {}
    for group, by_band in counts.items():
        points = {
            band: errors[group][band] / by_band[band]
            for band in features.AGE_BANDS
            if by_band.get(band, 0) >= document["min_examples"]
        }
        if points:
            found[group] = points
    return found
