"""Draws the effect of each change of the recipe, from a comparison.

    utkface compare benchmarks/configs/ablation/*.yaml --root utkface-root --seeds 1 --split eval \\
        --output ablation
    python benchmarks/ablation_picture.py ablation/comparison-eval.json ablation.svg

Each bar is a difference from `recipe`; to the right is better. Within the gray band a difference
may be chance: it spans two standard errors of the difference between two shares near 0.8, for that
number of images. Age has no band, because the means alone do not give one.
"""

import argparse
import json
import math
from pathlib import Path

from matplotlib import rc_context
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

BASE = "recipe"
# The title by key of pipeline.tools.compare, and whether lower is better.
PANELS = {
    "age_mae": ("age MAE, years less", True),
    "gender_accuracy": ("gender accuracy", False),
    "race_accuracy": ("race accuracy", False),
}
_SHARE = 0.8
_BETTER, _WORSE = "#0072b2", "#d55e00"


def gains(configs: list[dict], key: str, *, less: bool) -> dict[str, float]:
    """Returns how much better each other config is than BASE; negative if it is worse.

    Raises:
      KeyError: if BASE is not among the configs.
    """
    means = {config["name"]: config[key]["mean"] for config in configs}
    sign = -1 if less else 1
    return {name: sign * (mean - means[BASE]) for name, mean in means.items() if name != BASE}


def draw(comparison: dict) -> Figure:
    """Draws a panel per metric with a bar per config; the best config for race is at the top."""
    configs, examples = comparison["configs"], comparison["examples"]
    by_race = gains(configs, "race_accuracy", less=False)
    names = sorted(by_race, key=by_race.__getitem__)
    figure = Figure(figsize=(9, 0.8 + 0.3 * len(names)), layout="constrained")
    axes = figure.subplots(1, len(PANELS), sharey=True)
    band = 2 * math.sqrt(2 * _SHARE * (1 - _SHARE) / examples)
    for axis, (key, (title, less)) in zip(axes, PANELS.items(), strict=True):
        by_name = gains(configs, key, less=less)
        values = [by_name[name] for name in names]
        if not less:
            axis.axvspan(-band, band, color="#eeeeee", zorder=0)
        colours = [_BETTER if value > 0 else _WORSE for value in values]
        axis.barh(names, values, color=colours, height=0.6, zorder=2)
        axis.axvline(0, color="black", linewidth=0.8, zorder=3)
        base = next(config[key]["mean"] for config in configs if config["name"] == BASE)
        shown = f"{base:.2f}" if less else f"{base:.3f}"
        axis.set_title(f"{title} ({BASE}: {shown})", fontsize=9)
        axis.tick_params(labelsize=8)
        axis.xaxis.set_major_locator(MaxNLocator(4))
        axis.spines[["top", "right", "left"]].set_visible(False)
        axis.grid(axis="x", color="#dddddd", linewidth=0.6, zorder=1)
    return figure


def main() -> None:
    """Reads a comparison and writes the plot."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("comparison", help="comparison-SPLIT.json of utkface compare")
    parser.add_argument("picture", help="SVG to write")
    arguments = parser.parse_args()
    comparison = json.loads(Path(arguments.comparison).read_text())
    with rc_context({"svg.hashsalt": "utkface", "svg.fonttype": "path"}):
        FigureCanvasSVG(draw(comparison)).print_svg(arguments.picture, metadata={"Date": None})


if __name__ == "__main__":
    main()
