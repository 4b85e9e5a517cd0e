"""The report: what it says, to whom, and that it needs nothing but itself."""

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

from components.fairness.display import rank
from components.fairness.document import Verdict, make_document
from components.fairness.judge.judging import judge
from components.fairness.measure.bootstrap import measure
from components.fairness.report.bias_plot import bias_by_age
from components.fairness.report.binary_errors import (
    ErrorRate,
    find_binary_errors,
    format_odds_differences,
)
from components.fairness.report.matrix import make_matrix
from components.fairness.report.page import render_page
from components.fairness.report.trend_plot import draw_trend
from components.fairness.settings import FairnessSettings
from tests.components.fairness.drawn import DrawnPredictions, make_predictions
from trainer.groups import AGE_BAND
from trainer.tasks import AGE, GENDER, RACE

SETTINGS = FairnessSettings()


def document_of(outcomes: DrawnPredictions, **verdict: object) -> dict:
    measured = measure(outcomes, resamples=100)
    judgement = judge(measured, None, SETTINGS)
    reasons = tuple(judgement.reasons)
    told = Verdict(**{"blessed": not reasons, "reasons": reasons, **verdict})
    return make_document(outcomes, measured, judgement, told, SETTINGS)


@pytest.fixture(scope="module")
def unfair() -> dict:
    """Of a model that takes all Black women for men."""
    outcomes = make_predictions(1500)
    wrong = (outcomes.race == 1) & (outcomes.gender == 1)
    return document_of(outcomes.changed(female=np.where(wrong, 0.1, outcomes.female)))


def test_the_verdict_comes_first_and_names_who_is_failed(unfair):
    page = render_page(unfair)
    assert "<title>Fairness: not blessed</title>" in page
    assert page.index("<strong>Not blessed.</strong>") < page.index("<h2>")
    first = re.search(r"<ol>\s*<li>(.*?)</li>", page, re.DOTALL)
    assert first and first[1].startswith("Black, female: gender accuracy: expected ")
    assert "No model was blessed before this one" in page
    assert f"{unfair['comparisons']['made']} comparisons were made." in page


def test_the_cell_is_framed_in_its_matrix_and_leads_its_plot(unfair):
    matrix = make_matrix(unfair, "gender_accuracy")
    cell = matrix["Black"]["female"]
    assert cell.missed and cell.value == "0%" and cell.shade == 0.5
    assert not matrix["White"]["female"].missed
    assert matrix["all"]["all"].examples == 1500
    assert sum(matrix[race]["all"].examples for race in RACE.classes) == 1500
    assert rank(unfair, ["race", "gender"], "gender_accuracy")[0]["slice"] == "Black, female"
    page = render_page(unfair)
    assert re.search(r'<td class="missed *"[^>]*><span class="value">0%</span>', page)
    assert "Gender: right answers, the worst first: Black, female 0% (0% to " in page


def test_the_gender_errors_are_told_by_group(unfair):
    rows = {row.group: row for row in find_binary_errors(unfair, GENDER)}
    assert [*rows] == ["all", *RACE.classes, *AGE_BAND.values]
    women, men = rows["Black"].rates
    assert women.words.startswith("100% (")
    slices = {one["slice"]: one for one in unfair["slices"]}
    assert women.examples == slices["Black, female"]["examples"]
    assert men.examples == slices["Black, male"]["examples"]
    by_race = format_odds_differences(unfair, GENDER)[0]
    assert by_race.startswith("By race the greater of the two gaps is ")
    found = unfair["equalised_odds"][0]["difference"]["value"]
    assert f"{100 * found:.1f} points" in by_race and found > 0.8
    page = render_page(unfair)
    assert f'<td role="cell" data-label="Women misclassified as men">{women.words}' in page
    assert by_race in page


def test_gender_errors_of_few_are_called_so_and_of_nobody_left_empty():
    outcomes = make_predictions(300)
    of_men = outcomes.changed(gender=np.zeros_like(outcomes.gender))
    document = document_of(of_men)
    (everybody, *_) = find_binary_errors(document, GENDER)
    women, men = everybody.rates
    assert women == ErrorRate("-", 0, too_small=True)
    assert men.examples == 300 and not men.too_small
    assert format_odds_differences(document, GENDER) == []
    assert "too few</span>" in render_page(document)


def test_gaps_whose_interval_is_not_defined_are_shown_without_one(unfair):
    """So it is of few examples, where most resamples lack a group."""
    gap = {"value": 0.25, "low": None, "high": None}
    document = {
        **unfair,
        "equalised_odds": [{**unfair["equalised_odds"][0], "difference": gap}],
        "disparities": [{**one, "gap": gap} for one in unfair["disparities"]],
    }
    page = render_page(document)
    assert "By race the greater of the two gaps is 25.0 points." in page
    assert '<td role="cell">0.2 years</td>' in page and "25.0 points</td>" in page


def test_runs_that_lack_a_measure_are_left_out_of_its_trend(unfair):
    (headline,) = unfair["trend"]
    older = {
        **headline,
        "time": "2020-01-01T00:00:00+00:00",
        "measures": {key: one for key, one in headline["measures"].items() if key != "age_mae"},
    }
    document = {**unfair, "trend": [older, {**older, "time": "2021-01-01"}, headline]}
    assert draw_trend(document, "age_mae") is None
    assert "2020-01-01" in draw_trend(document, "gender_accuracy")
    assert "<h2>Run by run</h2>" in render_page(document)


def test_figures_of_an_earlier_release_make_a_page_too(unfair):
    """Without a measure that came later, and without what was asked of it."""
    slices = [
        {**row, "measures": {key: one for key, one in row["measures"].items() if "race" not in key}}
        for row in unfair["slices"]
    ]
    page = render_page({**unfair, "slices": slices, "disparities": []})
    assert "Gender: right answers" in page and "<dt>Race: right answers</dt>" not in page


def test_small_slices_are_shown_and_called_so():
    document = document_of(make_predictions(250))
    small = {
        row["slice"]
        for row in document["slices"]
        if row["too_small"] and row["by"] == ["race", "gender"]
    }
    assert "Others, male" in small
    assert make_matrix(document, "age_mae")["Others"]["male"].too_small
    page = render_page(document)
    assert ", too few" in page
    told = page[page.index("<h2>Too few to tell</h2>") :]
    assert all(name in told for name in small)
    assert not small & {row["slice"] for row in rank(document, ["race", "gender"], "age_mae")}


def test_bias_is_told_by_age_and_group():
    outcomes = make_predictions(3000)
    older = np.where((outcomes.race == 0) & (outcomes.age < 3), 7.0, 0.0)
    document = document_of(outcomes.changed(age_answer=outcomes.age + older))
    found = bias_by_age(document, AGE, "race")
    assert found["White"]["0-2"] == pytest.approx(7)
    assert found["White"]["3-9"] == pytest.approx(0)
    assert found["Black"]["20-29"] == pytest.approx(0)
    # Few are Others, and fewer of an age.
    assert len(found.get("Others", {})) < len(found["White"]) == len(AGE_BAND.values)


def test_an_accepted_verdict_says_by_whom_and_why(unfair):
    accepted = {
        **unfair["verdict"],
        "blessed": True,
        "accepted_by": "ana",
        "accepted_because": "<b>for a trial</b>",
    }
    page = render_page({**unfair, "verdict": accepted})
    assert "<strong>Blessed all the same.</strong>" in page
    assert "&lt;b&gt;for a trial&lt;/b&gt;" in page and "<b>for" not in page


@pytest.mark.parametrize("examples", [0, 1, 40])
def test_few_examples_make_a_page_too(examples):
    page = render_page(document_of(make_predictions(examples)))
    assert "<strong>Blessed.</strong>" in page
    assert "nan" not in re.sub(r"<[^>]*>", "", page).lower()


def test_a_perfect_model_makes_a_page():
    outcomes = make_predictions(600)
    perfect = outcomes.changed(
        age_answer=outcomes.age.astype(float),
        female=outcomes.gender.astype(float),
        races=np.eye(len(RACE.classes))[outcomes.race],
    )
    page = render_page(document_of(perfect))
    assert "<strong>Blessed.</strong>" in page
    assert page.count("100%") > 20


def test_the_page_needs_nothing_but_itself(unfair):
    page = render_page(unfair)
    assert "<script" not in page and "<link" not in page
    assert not re.search(r"""(?:src|href)=["'](?!#)""", page)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert page.count("<svg") == page.count('role="img"') == page.count("<figure>")
    assert len(page) < 500_000


def test_a_browser_opens_it_without_a_complaint(unfair, tmp_path: Path, browser: list[str]):
    out = tmp_path / "fairness.html"
    out.write_text(render_page(unfair), encoding="utf-8")
    options = [f"--user-data-dir={tmp_path / 'profile'}", "--enable-logging=stderr", "--v=0"]
    ended = subprocess.run(
        [*browser, *options, "--dump-dom", out.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert "Who the model serves, and how well" in ended.stdout
    assert ended.stdout.rstrip().endswith("</html>")
    assert "CONSOLE" not in ended.stderr
