"""The fairness report: one page that says who the model fails."""

from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup

from components.fairness.display import SHOWN, format_ends, format_gap
from components.fairness.report.bias_plot import draw_bias
from components.fairness.report.binary_errors import (
    error_titles,
    find_binary_errors,
    format_odds_differences,
)
from components.fairness.report.certainty_plots import draw_calibration, draw_coverage
from components.fairness.report.change_plot import draw_changes
from components.fairness.report.composition_plot import draw_composition
from components.fairness.report.matrix import make_matrix
from components.fairness.report.trend_plot import draw_trend
from components.fairness.report.whisker_plot import draw_whiskers
from components.html.page import render
from trainer.groups import AGE_BAND, ATTRIBUTES, INTERSECTION
from trainer.measures.measure import Measure
from trainer.tasks import TASKS, Kind

_PACKAGE = "components.fairness"
_CROSSED = [attribute.key for attribute in INTERSECTION]
_SLICINGS = [_CROSSED, *([attribute.key] for attribute in ATTRIBUTES)]


def render_page(document: Mapping[str, Any]) -> str:
    """Returns one HTML page that needs no network.

    Args:
      document: of components.fairness.document.
    """
    overall = document["slices"][0]
    # Figures of earlier releases lack the measures that came later.
    shown = [one for one in SHOWN.values() if one.key in overall["measures"]]
    classifications = [task for task in TASKS if f"{task.name}_confusion" in overall]
    return render(
        "fairness.html",
        package=_PACKAGE,
        document=document,
        verdict=document["verdict"],
        overall=overall,
        crossed=_words(_CROSSED),
        headlines=[(one.display_title, *_headline(overall, one)) for one in shown],
        matrices=[(one.display_title, make_matrix(document, one.key)) for one in shown],
        changes=_by_measure(shown, draw_changes, document),
        trends=_by_measure(shown, draw_trend, document),
        compositions=[
            (f"By {_words(slicing)}", svg)
            for slicing in (_CROSSED, [AGE_BAND.key])
            if (svg := draw_composition(document, slicing))
        ],
        whiskers=[
            (
                _words(slicing),
                [
                    (one.display_title, svg)
                    for one in shown
                    if (svg := draw_whiskers(document, slicing, one.key))
                ],
            )
            for slicing in _SLICINGS
        ],
        biases=[
            (f"{task.name.capitalize()}: mean error by {AGE_BAND.words} and {attribute.words}", svg)
            for task in TASKS
            if task.kind is Kind.REGRESSION
            for attribute in INTERSECTION
            if (svg := draw_bias(document, task, attribute.key))
        ],
        certainties=[
            (title, svg)
            for task in classifications
            for title, svg in (
                (
                    f"{task.name.capitalize()}: certainty and right answers",
                    draw_calibration(document, task.name),
                ),
                (
                    f"{task.name.capitalize()}: what withholding gains, by {_CROSSED[0]}",
                    draw_coverage(document, task.name, _CROSSED[0]),
                ),
            )
            if svg
        ],
        disparities=_disparities(document),
        binary_errors=[
            (
                task.name,
                error_titles(task),
                find_binary_errors(document, task),
                format_odds_differences(document, task),
            )
            for task in classifications
            if task.kind is Kind.BINARY
        ],
        confusions=[
            (task.name.capitalize(), task.classes, overall[f"{task.name}_confusion"])
            for task in classifications
        ],
        small=[
            row["slice"]
            for row in document["slices"]
            if row["too_small"] and AGE_BAND.key not in row["by"]
        ],
    )


def _by_measure(
    shown: list[Measure],
    draw: Callable[[Mapping[str, Any], str], Markup | None],
    document: Mapping[str, Any],
) -> list[tuple[str, Markup]]:
    return [(one.display_title, svg) for one in shown if (svg := draw(document, one.key))]


def _headline(overall: Mapping[str, Any], shown: Measure) -> tuple[str, str]:
    found = overall["measures"][shown.key]
    unit = f" {shown.unit.name}" if shown.unit.name else ""
    return f"{shown.format(found['value'])}{unit}", format_ends(found, shown.format)


def _words(slicing: list[str]) -> str:
    return " and ".join(part.replace("_", " ") for part in slicing)


def _disparities(document: Mapping[str, Any]) -> list[dict[str, str]]:
    """Returns the gaps of the measures that the page shows, in words."""
    found = []
    for one in document["disparities"]:
        if one["measure"] not in SHOWN or one["gap"]["value"] is None:
            continue
        shown = SHOWN[one["measure"]]
        ratio = one["ratio"]["value"]
        found.append(
            {
                "title": shown.display_title,
                "by": _words(one["attribute"]),
                "gap": format_gap(one["gap"], shown.unit),
                "worst": one["worst"],
                "best": one["best"],
                "ratio": "-" if ratio is None else f"{ratio:.2f}",
            }
        )
    return found
