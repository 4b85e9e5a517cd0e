"""Content of the fairness report, a self-contained page."""

import re
from pathlib import Path

import numpy as np
import pytest

from components.fairness.display import rank
from components.fairness.document import Verdict, make_document
from components.fairness.judge.judgment import judge
from components.fairness.judge.unbounded import Unbounded, find_unbounded, format_unbounded
from components.fairness.measure.bootstrap import measure
from components.fairness.report.bias_plot import bias_by_age
from components.fairness.report.binary_errors import format_odds_differences, make_error_table
from components.fairness.report.matrix import make_matrix
from components.fairness.report.page import render_page
from components.fairness.report.trend_plot import draw_trend
from components.fairness.settings import FairnessSettings
from components.html.table import Cell
from tests.browser import Browser
from tests.components.fairness.drawn import DrawnPredictions, make_predictions
from trainer.groups import AGE_BAND
from trainer.tasks import AGE, GENDER, RACE

SETTINGS = FairnessSettings()


def document_of(outcomes: DrawnPredictions, **verdict: object) -> dict:
    measured = measure(outcomes, resamples=100)
    judgment = judge(measured, None, SETTINGS)
    reasons = tuple(judgment.reasons)
    told = Verdict(**{"blessed": not reasons, "reasons": reasons, **verdict})
    return make_document(outcomes, measured, judgment, told, SETTINGS)


@pytest.fixture(scope="module")
def unfair() -> dict:
    """Document of a model that misclassifies all Black women as men."""
    outcomes = make_predictions(1500)
    wrong = (outcomes.race == 1) & (outcomes.gender == 1)
    return document_of(outcomes.changed(female=np.where(wrong, 0.1, outcomes.female)))


def test_the_verdict_comes_first_and_names_the_failing_group(unfair):
    page = render_page(unfair)
    assert "<title>Fairness: stop</title>" in page
    assert page.index("<strong>Stop.</strong> The model is not blessed, for ") < page.index("<h2>")
    first = re.search(r"<ol>\s*<li>(.*?)</li>", page, re.DOTALL)
    assert first and first[1].startswith("Black, female: gender accuracy: expected ")
    assert "No earlier model is blessed, so this model is compared only with the bounds." in page
    assert f"{unfair['comparisons']['made']} comparisons with a bound were made." in page
    assert "the probability of any false alarm is at most 5%." in page


def matrix_of(document: dict, key: str) -> dict[str, dict[str, Cell]]:
    table = make_matrix(document, key)
    return {row[0].text: dict(zip(table.headings, row, strict=True)) for row in table.cells}


def test_the_failing_cell_is_framed_in_its_matrix_and_first_in_its_plot(unfair):
    matrix = matrix_of(unfair, "gender_accuracy")
    cell = matrix["Black"]["female"]
    assert (cell.text, cell.style, cell.shade) == ("0%", "framed", 0.5)
    assert matrix["White"]["female"].style == ""
    assert matrix["all"]["all"].notes[1] == "n = 1,500"
    examples = [int(matrix[race]["all"].notes[1].removeprefix("n = ")) for race in RACE.classes]
    assert sum(examples) == 1500
    assert rank(unfair, ["race", "gender"], "gender_accuracy")[0]["slice"] == "Black, female"
    page = render_page(unfair)
    assert re.search(r'<td [^>]*class="framed shade-50"><bdi>0%', page)
    assert "Gender: correct predictions, the worst first: Black, female 0% (0% to " in page


def errors_of(document: dict) -> dict[str, list[Cell]]:
    return {group.text: rates for group, *rates in make_error_table(document, GENDER).cells}


def test_the_gender_errors_are_listed_by_group(unfair):
    rows = errors_of(unfair)
    assert [*rows] == ["all", *RACE.classes, *AGE_BAND.values]
    women, men = rows["Black"]
    assert women.text.startswith("100% (")
    slices = {one["slice"]: one for one in unfair["slices"]}
    assert women.notes == [f"n = {slices['Black, female']['examples']}"]
    assert men.notes == [f"n = {slices['Black, male']['examples']}"]
    by_race = format_odds_differences(unfair, GENDER)[0]
    assert by_race.startswith("By race, the equalized odds difference is ")
    found = unfair["equalised_odds"][0]["difference"]["value"]
    assert f"{100 * found:.1f} points" in by_race and found > 0.8
    page = render_page(unfair)
    cell = '<td role="cell" data-label="Women misclassified as men"><bdi>'
    assert f"{cell}{women.text}" in page and by_race in page


def test_gender_errors_without_examples_are_empty_and_marked_too_few():
    outcomes = make_predictions(300)
    of_men = outcomes.changed(gender=np.zeros_like(outcomes.gender))
    document = document_of(of_men)
    women, men = errors_of(document)["all"]
    assert women == Cell("-", ["n = 0, too few"])
    assert men.notes == ["n = 300"]
    assert format_odds_differences(document, GENDER) == []


def difference(document: dict, kind: str, key: str) -> Unbounded | None:
    found = [one for one in find_unbounded(document) if (one.kind, one.measure) == (kind, key)]
    return found[0] if found else None


@pytest.fixture(scope="module")
def unbounded() -> dict:
    """Document of a model that misclassifies the race of all Others, which no bound limits."""
    outcomes = make_predictions(1500)
    races = outcomes.races.copy()
    races[outcomes.race == 4] = np.eye(5)[0]
    return document_of(outcomes.changed(races=races))


def test_a_difference_without_a_bound_is_a_warning(unbounded):
    rows = {row["slice"]: row for row in unbounded["slices"]}
    worst = difference(unbounded, "worst", "race_accuracy")
    assert worst and worst.slice in ("Others", "Others, male", "Others, female")
    assert worst.value == 0 and worst.high < worst.other
    assert worst.examples == rows[worst.slice]["examples"]
    assert worst.other == rows["all"]["measures"]["race_accuracy"]["value"]
    gap = difference(unbounded, "gap", "race_accuracy")
    best = rows[gap.against]["measures"]["race_accuracy"]["value"]
    assert gap.value == pytest.approx(best) and gap.low > 0
    # The other measures have both bounds by default.
    assert [one for one in find_unbounded(unbounded) if one.measure != "race_accuracy"] == []
    page = render_page(unbounded)
    assert "<title>Fairness: warn</title>" in page
    assert "<strong>Warning.</strong> The model is blessed: it misses no bound" in page
    assert "2 differences have no bound:" in page
    assert page.index(f"<li><bdi>R{format_unbounded(worst)[1:]}</bdi></li>") < page.index("<h2>")
    assert page.index(f"<li><bdi>R{format_unbounded(gap)[1:]}</bdi></li>") < page.index("<h2>")


def test_a_difference_within_its_bounds_gives_no_warning(unbounded):
    bounds = {**unbounded["settings"]["groups"], "race_accuracy": {"worst": 0, "gap": 1}}
    settings = {**unbounded["settings"], "groups": bounds}
    document = {**unbounded, "settings": settings}
    assert find_unbounded(document) == []
    assert "<strong>Pass.</strong> The model is blessed: it misses no bound" in render_page(
        document
    )


def test_differences_without_a_bound_are_listed_below_a_stop(unfair, unbounded):
    page = render_page({**unbounded, "verdict": unfair["verdict"]})
    assert "<title>Fairness: stop</title>" in page
    assert page.index("<ol>") < page.index("2 differences have no bound:")


@pytest.mark.parametrize(
    ("kind", "measure", "line"),
    [
        (
            "worst",
            "race_accuracy",
            "race accuracy of Others, male: 14% (8% to 23%), compared with 78% overall; "
            "fairness.groups.race_accuracy.worst is not set",
        ),
        (
            "gap",
            "race_accuracy",
            "race accuracy of Others, male: 14.0 points (8.0 to 23.0) below White, male; "
            "fairness.groups.race_accuracy.gap is not set",
        ),
        (
            "worst",
            "age_mae",
            "age MAE of Others, male: 0.1 years (0.1 to 0.2), compared with 0.8 overall; "
            "fairness.groups.age_mae.worst is not set",
        ),
        (
            "gap",
            "age_mae",
            "age MAE of Others, male: 0.1 years (0.1 to 0.2) above White, male; "
            "fairness.groups.age_mae.gap is not set",
        ),
    ],
)
def test_a_difference_without_a_bound_is_one_line(kind, measure, line):
    against, other = ("White, male", None) if kind == "gap" else ("all", 0.78)
    found = Unbounded(
        kind=kind,
        measure=measure,
        slice="Others, male",
        value=0.14,
        low=0.08,
        high=0.23,
        examples=91,
        against=against,
        other=other,
    )
    assert format_unbounded(found) == line


def test_gaps_with_an_undefined_interval_are_shown_without_it(unfair):
    """With few examples, most resamples lack a group, so the interval is undefined."""
    gap = {"value": 0.25, "low": None, "high": None}
    document = {
        **unfair,
        "equalised_odds": [{**unfair["equalised_odds"][0], "difference": gap}],
        "disparities": [{**one, "gap": gap} for one in unfair["disparities"]],
    }
    page = render_page(document)
    assert "By race, the equalized odds difference is 25.0 points." in page
    assert 'data-label="Gap"><bdi>0.2 years</bdi></td>' in page
    assert 'data-label="Gap"><bdi>25.0 points</bdi></td>' in page


def test_runs_without_a_measure_are_omitted_from_its_trend(unfair):
    (headline,) = unfair["trend"]
    older = {
        **headline,
        "time": "2020-01-01T00:00:00+00:00",
        "measures": {key: one for key, one in headline["measures"].items() if key != "age_mae"},
    }
    document = {**unfair, "trend": [older, {**older, "time": "2021-01-01"}, headline]}
    assert draw_trend(document, "age_mae") is None
    assert "2020-01-01" in draw_trend(document, "gender_accuracy")
    assert "<h2>Trend</h2>" in render_page(document)


def test_the_page_renders_figures_of_an_earlier_release(unfair):
    """Figures of an earlier release lack newer measures and their disparities."""
    slices = [
        {**row, "measures": {key: one for key, one in row["measures"].items() if "race" not in key}}
        for row in unfair["slices"]
    ]
    page = render_page({**unfair, "slices": slices, "disparities": []})
    assert (
        "Gender: correct predictions" in page and "<dt>Race: correct predictions</dt>" not in page
    )


def test_small_slices_are_shown_and_marked_as_too_small():
    document = document_of(make_predictions(250))
    small = {
        row["slice"]
        for row in document["slices"]
        if row["too_small"] and row["by"] == ["race", "gender"]
    }
    assert "Others, male" in small
    assert matrix_of(document, "age_mae")["Others"]["male"].style == "hatched"
    page = render_page(document)
    assert re.search(r"\d+ groups have fewer than 30 images and are not compared with bounds", page)
    told = page[page.index('<h2 id="small">Groups that are too small</h2>') :]
    assert all(name in told for name in small)
    assert not small & {row["slice"] for row in rank(document, ["race", "gender"], "age_mae")}


def test_bias_is_reported_by_age_and_group():
    outcomes = make_predictions(3000)
    older = np.where((outcomes.race == 0) & (outcomes.age < 3), 7.0, 0.0)
    document = document_of(outcomes.changed(age_answer=outcomes.age + older))
    found = bias_by_age(document, AGE, "race")
    assert found["White"]["0-2"] == pytest.approx(7)
    assert found["White"]["3-9"] == pytest.approx(0)
    assert found["Black"]["20-29"] == pytest.approx(0)
    # Few examples are Others, and fewer in each age band.
    assert len(found.get("Others", {})) < len(found["White"]) == len(AGE_BAND.values)


def test_an_accepted_verdict_states_its_reason_with_markup_escaped(unfair):
    accepted = {
        **unfair["verdict"],
        "blessed": True,
        "accepted_by": "ana",
        "accepted_because": "<b>for a trial</b>",
    }
    page = render_page({**unfair, "verdict": accepted})
    assert "<strong>Stop, accepted.</strong> The model is blessed because " in page
    assert "&lt;b&gt;for a trial&lt;/b&gt;" in page and "<b>for" not in page


@pytest.mark.parametrize("examples", [0, 1, 40])
def test_the_page_renders_with_few_or_no_examples(examples):
    page = render_page(document_of(make_predictions(examples)))
    assert "The model is blessed: it misses no bound by more than chance explains." in page
    assert "nan" not in re.sub(r"<[^>]*>", "", page).lower()


def test_the_page_renders_for_a_perfect_model():
    outcomes = make_predictions(600)
    perfect = outcomes.changed(
        age_answer=outcomes.age.astype(float),
        female=outcomes.gender.astype(float),
        races=np.eye(len(RACE.classes))[outcomes.race],
    )
    page = render_page(document_of(perfect))
    assert "The model is blessed: it misses no bound by more than chance explains." in page
    assert page.count("100%") > 20


def test_the_page_is_self_contained(unfair):
    page = render_page(unfair)
    assert "<script" not in page and "<link" not in page
    assert not re.search(r"""(?:src|href)=["'](?!#)""", page)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert page.count("<svg") == page.count('role="img"') == page.count("<figure>")
    assert len(page) < 500_000


def test_a_browser_opens_the_page_without_errors(unfair, tmp_path: Path, browser: Browser):
    out = tmp_path / "fairness.html"
    out.write_text(render_page(unfair), encoding="utf-8")
    view = browser.open(out)
    assert "<h1>Fairness report</h1>" in view.html
    assert view.html.endswith("</html>") and view.complaints == []
