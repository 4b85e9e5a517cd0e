"""The fairness report: one page that says for whom the model fails."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from markupsafe import Markup

from components.fairness.display import PAGE_MEASURES, format_ends, format_gap
from components.fairness.judge.unbounded import Unbounded, find_unbounded, format_unbounded
from components.fairness.report.bias_plot import draw_bias
from components.fairness.report.binary_errors import format_odds_differences, make_error_table
from components.fairness.report.certainty_plots import draw_calibration, draw_coverage
from components.fairness.report.change_plot import draw_changes
from components.fairness.report.composition_plot import draw_composition
from components.fairness.report.matrix import make_matrix
from components.fairness.report.trend_plot import draw_trend
from components.fairness.report.whisker_plot import draw_whiskers
from components.html.page import render
from components.html.svg import Plot
from components.html.table import Table
from components.html.words import number, sentence_case
from trainer.groups import AGE_BAND, ATTRIBUTES, INTERSECTION
from trainer.measures.measure import Measure
from trainer.tasks import TASKS, Kind, Task

_PACKAGE = "components.fairness"
_CROSSED = [attribute.key for attribute in INTERSECTION]
_SLICINGS = [_CROSSED, *([attribute.key] for attribute in ATTRIBUTES)]


def render_page(document: Mapping[str, Any]) -> str:
    """Returns the report as an HTML page that needs no network.

    Args:
      document: see components.fairness.document.
    """
    overall = document["slices"][0]
    # Figures of earlier releases lack measures that were added later.
    measures = [each for each in PAGE_MEASURES.values() if each.key in overall["measures"]]
    classifications = [task for task in TASKS if f"{task.name}_confusion" in overall]
    verdict = document["verdict"]
    warnings = find_unbounded(document)
    return render(
        "fairness.html",
        package=_PACKAGE,
        document=document,
        verdict=verdict,
        level=_level(verdict, warnings),
        warnings=[sentence_case(format_unbounded(difference)) for difference in warnings],
        crossed=_words(_CROSSED),
        headlines=[(each.display_title, *_headline(overall, each)) for each in measures],
        matrices=[make_matrix(document, each.key) for each in measures],
        whiskers=[
            (_words(slicing), _by_measure(measures, partial(draw_whiskers, document, slicing)))
            for slicing in _SLICINGS
        ],
        biases=_plots(
            (
                f"{task.name.capitalize()}: mean error by {AGE_BAND.words} and {attribute.words}",
                draw_bias(document, task, attribute.key),
            )
            for task in TASKS
            if task.kind is Kind.REGRESSION
            for attribute in INTERSECTION
        ),
        gaps=_gaps(document),
        binary_errors=[
            (make_error_table(document, task), format_odds_differences(document, task))
            for task in classifications
            if task.kind is Kind.BINARY
        ],
        confusions=[_confusion(task, overall) for task in classifications],
        calibrations=_plots(
            (task.name.capitalize(), draw_calibration(document, task.name))
            for task in classifications
        ),
        coverages=_plots(
            (
                f"{task.name.capitalize()}, by {_CROSSED[0]}",
                draw_coverage(document, task.name, _CROSSED[0]),
            )
            for task in classifications
        ),
        changes=_by_measure(measures, partial(draw_changes, document)),
        trends=_by_measure(measures, partial(draw_trend, document)),
        compositions=_plots(
            (f"By {_words(slicing)}", draw_composition(document, slicing))
            for slicing in (_CROSSED, [AGE_BAND.key])
        ),
        small=[
            row["slice"]
            for row in document["slices"]
            if row["too_small"] and AGE_BAND.key not in row["by"]
        ],
    )


def _level(verdict: Mapping[str, Any], warnings: Sequence[Unbounded]) -> str:
    # Accepted reasons are still a stop, as at the data gate.
    if verdict["reasons"] or not verdict["blessed"]:
        return "stop"
    return "warn" if warnings else "pass"


def _plots(plots: Iterable[tuple[str, Markup | None]]) -> list[Plot]:
    return [Plot(title, svg) for title, svg in plots if svg]


def _by_measure(measures: list[Measure], draw: Callable[[str], Markup | None]) -> list[Plot]:
    return _plots((measure.display_title, draw(measure.key)) for measure in measures)


def _headline(overall: Mapping[str, Any], measure: Measure) -> tuple[str, str]:
    estimate = overall["measures"][measure.key]
    unit = f" {measure.unit.name}" if measure.unit.name else ""
    return f"{measure.format(estimate['value'])}{unit}", format_ends(estimate, measure.format)


def _words(slicing: list[str]) -> str:
    return " and ".join(part.replace("_", " ") for part in slicing)


def _gaps(document: Mapping[str, Any]) -> Table:
    """Returns the gaps of the measures that the page shows."""
    rows = []
    for disparity in document["disparities"]:
        if disparity["measure"] not in PAGE_MEASURES or disparity["gap"]["value"] is None:
            continue
        measure = PAGE_MEASURES[disparity["measure"]]
        ratio = disparity["ratio"]["value"]
        rows.append(
            (
                measure.display_title,
                _words(disparity["attribute"]),
                format_gap(disparity["gap"], measure.unit),
                disparity["worst"],
                disparity["best"],
                "-" if ratio is None else f"{ratio:.2f}",
            )
        )
    headings = ("Measure", "By", "Gap", "Worst", "Best", "Worst / best")
    return Table(title="Gaps between groups", headings=headings, rows=rows)


def _confusion(task: Task, overall: Mapping[str, Any]) -> Table:
    counts = zip(task.classes, overall[f"{task.name}_confusion"], strict=True)
    return Table(
        title=task.name.capitalize(),
        headings=("Label", *task.classes),
        rows=[(name, *map(number, row)) for name, row in counts],
        numbers=task.classes,
        stacks=False,
        has_caption=True,
    )
