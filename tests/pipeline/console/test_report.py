"""The tables at the end of a run."""

import io

import numpy as np
from rich.console import Console

from components.fairness.document import Verdict, make_document
from components.fairness.judge.judgment import judge
from components.fairness.judge.unbounded import find_unbounded, format_unbounded
from components.fairness.measure.bootstrap import measure
from components.fairness.settings import FairnessSettings
from pipeline.console.report import Report, _metrics_table, _verdict
from tests.components.fairness.drawn import make_predictions


def report_of(predictions) -> Report:
    settings = FairnessSettings()
    measured = measure(predictions, resamples=50)
    judgment = judge(measured, None, settings)
    figures = make_document(predictions, measured, judgment, Verdict(True, ()), settings)
    return Report(
        ingest=None,
        quarantined=(),
        figures=figures,
        warnings=(),
        no_warm_start="",
        pushed_to=None,
        places={},
    )


def test_a_slice_of_one_gender_has_no_auc():
    drawn = make_predictions(400)
    # No man is a baby.
    report = report_of(drawn.changed(gender=np.where(drawn.age <= 2, 1, drawn.gender)))
    rows = {row["name"]: row for row in report.slices}
    assert rows["0-2"]["gender_auc"] is None and rows["female"]["gender_auc"] is None
    assert 0.5 < rows["10-19"]["gender_auc"] <= 1
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(_metrics_table(report.slices))
    (cells,) = (
        line.split() for line in console.export_text().splitlines() if line.startswith(" 0-2")
    )
    row = rows["0-2"]
    assert cells == [
        "0-2",
        str(row["examples"]),
        f"{row['age_mae']:.2f}",
        f"{row['age_bias']:+.2f}",
        f"{row['gender_accuracy']:.3f}",
        "-",
        f"{row['race_accuracy']:.3f}",
    ]


def test_the_slices_are_those_with_examples_group_by_group():
    report = report_of(make_predictions(400))
    names = [row["name"] for row in report.slices]
    assert names[:9] == [
        "all", "White", "Black", "Asian", "Indian", "Others", "male", "female", "White, male"
    ]  # fmt: skip
    assert names[-9:] == ["0-2", "3-9", *(f"{n}0-{n}9" for n in range(1, 7)), "70+"]
    overall = report.slices[0]
    assert sum(map(sum, overall["race_confusion"])) == overall["examples"] == 400


def test_a_difference_without_a_bound_is_a_warning_below_the_verdict():
    drawn = make_predictions(800)
    races = np.where(drawn.race[:, np.newaxis] == 4, np.eye(5)[0], drawn.races)
    report = report_of(drawn.changed(races=races))
    verdict, *lines, before = map(str, _verdict(report))
    assert verdict == "Blessed and pushed: all bounds are met on the test split."
    found = find_unbounded(report.figures)
    assert [one.measure for one in found] == ["race_accuracy", "race_accuracy"]
    assert lines == [f"Warning: {format_unbounded(one)}" for one in found]
    assert before == "Previously blessed: none"
