"""The fairness report: one page that says who the model fails."""

from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup

from components.fairness.bias_plot import draw_bias
from components.fairness.certainty_plots import draw_calibration, draw_coverage
from components.fairness.change_plot import draw_changes
from components.fairness.composition_plot import draw_composition
from components.fairness.gender_errors import find_gender_errors, tell_odds_differences
from components.fairness.matrix import make_matrix
from components.fairness.told import SHOWN, say_interval
from components.fairness.trend_plot import draw_trend
from components.fairness.whisker_plot import draw_whiskers
from components.html.page import render
from trainer import features

_PACKAGE = "components.fairness"
_SLICINGS = (["race", "gender"], ["race"], ["gender"], ["age_band"])
_TASKS = ("gender", "race")


def render_page(document: Mapping[str, Any]) -> str:
    """Returns one HTML page that needs no network.

    Args:
      document: of components.fairness.document.
    """
    overall = document["slices"][0]
    return render(
        "fairness.html",
        package=_PACKAGE,
        document=document,
        verdict=document["verdict"],
        overall=overall,
        headlines=[(SHOWN[key].title, *_headline(overall, key)) for key in SHOWN],
        matrices=[(SHOWN[key].title, make_matrix(document, key)) for key in SHOWN],
        changes=_by_measure(draw_changes, document),
        trends=_by_measure(draw_trend, document),
        compositions=[
            (f"By {_words(slicing)}", svg)
            for slicing in (["race", "gender"], ["age_band"])
            if (svg := draw_composition(document, slicing))
        ],
        whiskers=[
            (
                _words(slicing),
                [
                    (SHOWN[key].title, svg)
                    for key in SHOWN
                    if (svg := draw_whiskers(document, slicing, key))
                ],
            )
            for slicing in _SLICINGS
        ],
        biases=[
            (f"Mean error by true age and {name}", svg)
            for name in ("race", "gender")
            if (svg := draw_bias(document, name))
        ],
        certainties=[
            (title, svg)
            for task in _TASKS
            for title, svg in (
                (
                    f"{task.capitalize()}: certainty and right answers",
                    draw_calibration(document, task),
                ),
                (
                    f"{task.capitalize()}: what withholding gains, by race",
                    draw_coverage(document, task, "race"),
                ),
            )
            if svg
        ],
        disparities=_disparities(document),
        gender_errors=find_gender_errors(document),
        odds_differences=tell_odds_differences(document),
        confusions=[
            ("Gender", features.GENDERS, overall["gender_confusion"]),
            ("Race", features.RACES, overall["race_confusion"]),
        ],
        small=[
            row["slice"]
            for row in document["slices"]
            if row["too_small"] and "age_band" not in row["by"]
        ],
    )


def _by_measure(
    draw: Callable[[Mapping[str, Any], str], Markup | None], document: Mapping[str, Any]
) -> list[tuple[str, Markup]]:
    return [(SHOWN[key].title, svg) for key in SHOWN if (svg := draw(document, key))]


def _headline(overall: Mapping[str, Any], key: str) -> tuple[str, str]:
    value, _, interval = say_interval(overall, key).partition(" ")
    return value if SHOWN[key].is_share else f"{value} years", interval.strip("()")


def _words(slicing: list[str]) -> str:
    return " and ".join(part.replace("_", " ") for part in slicing)


def _disparities(document: Mapping[str, Any]) -> list[dict[str, str]]:
    """Returns the gaps of the measures that the page shows, in words."""
    found = []
    for one in document["disparities"]:
        if one["measure"] not in SHOWN or one["gap"]["value"] is None:
            continue
        shown, gap = SHOWN[one["measure"]], one["gap"]
        points = "years" if one["measure"] == "age_mae" else "points"
        factor = 1 if points == "years" else 100
        low, high = (gap[end] * factor for end in ("low", "high"))
        found.append(
            {
                "title": shown.title,
                "by": _words(one["attribute"]),
                "gap": f"{gap['value'] * factor:.1f} {points} ({low:.1f} to {high:.1f})",
                "worst": one["worst"],
                "best": one["best"],
                "ratio": "-" if one["ratio"]["value"] is None else f"{one['ratio']['value']:.2f}",
            }
        )
    return found
