"""What the picture shows."""

from xml.etree import ElementTree

import pytest

from pipeline.tools.compare.aggregation import Comparison
from pipeline.tools.compare.plot import draw_comparison, make_figure


@pytest.fixture
def comparison(result) -> Comparison:
    return Comparison.of(
        {
            "tuned": {1: result(7.0), 2: result(7.5, cpu_seconds=130.0)},
            "lost": {},
            "single": {1: result(9.0, cpu_seconds=300.0)},
        }
    )


def test_a_line_of_panels_a_metric_and_a_row_a_config(comparison: Comparison) -> None:
    figure = make_figure(comparison)
    assert len(figure.axes) == 8
    age, age_by_time = figure.axes[:2]
    assert age.get_title(loc="left") == "age: mean absolute error, years (lower is better)"
    assert [label.get_text() for label in age.get_yticklabels()] == ["tuned", "single"]
    # The mean, a deviation to either side, a mark a seed; a single seed has no deviation.
    drawn = [[*map(float, line.get_xdata())] for line in age.lines]
    half = 0.125**0.5
    assert drawn == [
        *([7.25, 7.25], pytest.approx([7.25 - half, 7.25 + half]), [7.0, 7.5]),
        *([9.0, 9.0], [9.0]),
    ]
    assert [text.get_text() for text in age.texts] == ["7.25 ± 0.35", "9.00"]
    marks = {line.get_label(): line for line in age_by_time.lines}
    assert [*marks["tuned"].get_xdata()] == [100.0, 130.0]
    assert [*marks["tuned"].get_ydata()] == [7.0, 7.5]
    assert marks["single"].get_marker() != marks["tuned"].get_marker()
    race = figure.axes[6].get_title(loc="left")
    assert race == "race: accuracy (higher is better); always predicting White gives 0.535"


def test_a_metric_without_values_has_no_panel(result) -> None:
    assert len(make_figure(Comparison.of({"one": {1: result(grown=None)}})).axes) == 6


def test_equal_comparisons_give_equal_documents(comparison: Comparison) -> None:
    document = draw_comparison(comparison)
    assert document == draw_comparison(comparison)
    assert ElementTree.fromstring(document).tag == "{http://www.w3.org/2000/svg}svg"
    assert b"<!-- single -->" in document
