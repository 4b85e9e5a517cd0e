import json
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.errors import InputError
from components.fairness.document import (
    FORMAT,
    Verdict,
    make_document,
    read_document,
    write_document,
)
from components.fairness.judge.judgment import Judgment, judge
from components.fairness.measure.bootstrap import measure
from components.fairness.settings import FairnessSettings
from tests.components.fairness.drawn import DrawnPredictions, make_predictions
from trainer.tasks import RACE

SETTINGS = FairnessSettings()


def judge_of(outcomes: DrawnPredictions) -> Judgment:
    return judge(measure(outcomes, resamples=100), None, SETTINGS)


def document_of(outcomes: DrawnPredictions) -> dict:
    measured = measure(outcomes, resamples=100)
    judgment = judge(measured, None, SETTINGS)
    verdict = Verdict(not judgment.missed, tuple(judgment.reasons))
    return make_document(outcomes, measured, judgment, verdict, SETTINGS)


def test_a_document_is_read_back_unchanged(tmp_path):
    document = document_of(make_predictions(500))
    path = str(tmp_path / "figures.json")
    write_document(path, document)
    assert read_document(path) == json.loads(json.dumps(document))


@pytest.mark.parametrize(
    "number", ["NaN", "-Infinity", "1e999", "9" * 400, "9" * 5000, "[" * 99_999]
)
def test_a_number_that_no_report_can_show_is_refused_with_the_path(tmp_path, number):
    path = tmp_path / "figures.json"
    path.write_text(json.dumps({"format": FORMAT, "value": 1.5}))
    assert read_document(str(path)) == {"format": FORMAT, "value": 1.5}
    path.write_text(path.read_text().replace("1.5", number))
    with pytest.raises(InputError) as caught:
        read_document(str(path))
    assert str(caught.value).startswith(f"{path}: expected the fairness figures as JSON; ")
    assert len(str(caught.value)) < 1000


@settings(max_examples=100)
@given(
    st.binary(max_size=30)
    | st.recursive(
        st.none() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["format", "a"]), inner),
    ).map(lambda value: json.dumps(value).encode())
)
def test_anything_but_figures_is_refused_with_the_path(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"any\.json: expected "):
        read_document(str(path))


def test_the_document_has_every_slice_with_its_examples_and_intervals():
    outcomes = make_predictions(500)
    document = document_of(outcomes)
    slices = {one["slice"]: one for one in document["slices"]}
    assert len(slices) == 117 and document["examples"] == 500 and document["resamples"] == 100
    both = slices["Black, female"]
    chosen = (outcomes.race == 1) & (outcomes.gender == 1)
    assert both["examples"] == chosen.sum() and both["by"] == ["race", "gender"]
    assert both["values"] == {"race": "Black", "gender": "female"}
    assert np.sum(both["race_confusion"]) == both["examples"]
    women = int((outcomes.gender_answer[chosen] == 1).sum())
    assert both["gender_confusion"] == [[0, 0], [both["examples"] - women, women]]
    men = outcomes.gender_answer[outcomes.gender == 0]
    assert slices["male"]["gender_confusion"][0] == [int((men == said).sum()) for said in (0, 1)]
    assert both["race_confusion"][1] == [
        int((outcomes.race_answer[chosen] == said).sum()) for said in range(len(RACE.classes))
    ]
    found = both["measures"]["age_mae"]
    errors = np.abs(outcomes.age_answer - outcomes.age)[chosen]
    assert found["value"] == pytest.approx(errors.mean())
    assert found["low"] < found["value"] < found["high"]
    # A slice of women has no false positive rate, which is a rate of men, and no ROC curve.
    assert both["measures"]["gender_fpr"] == {"value": None, "low": None, "high": None}
    assert both["measures"]["gender_auc"]["value"] is None
    for one in slices.values():
        assert one["too_small"] == (one["examples"] < SETTINGS.min_examples)
    described = {one["measure"] for one in document["measures"]}
    assert described == set(both["measures"])


@pytest.mark.parametrize("examples", [0, 1, 3])
def test_a_document_is_made_from_few_or_no_examples(tmp_path, examples):
    document = document_of(make_predictions(examples))
    write_document(str(tmp_path / "figures.json"), document)
    assert all(one["too_small"] for one in document["slices"])
    assert document["verdict"]["blessed"] and document["comparisons"]["made"] == 0
    assert document["comparisons"]["standard_errors_needed"] is None


def test_a_missed_bound_is_recorded_as_data_and_as_a_message():
    outcomes = make_predictions(1500)
    male = (outcomes.race == 0) & (outcomes.gender == 0)
    wrong = make_predictions(
        1500, gender_output=np.where(male, 1.0, outcomes.female)[:, np.newaxis]
    )
    document = document_of(wrong)
    first = document["missed"][0]
    assert (first["slice"], first["measure"], first["value"]) == (
        "White, male",
        "gender_accuracy",
        0,
    )
    assert first["standard_errors"] is None or first["standard_errors"] > 3
    assert document["verdict"] == {
        "blessed": False,
        "reasons": [one["line"] for one in document["missed"]],
        "findings": [asdict(one) for one in judge_of(wrong).reasons],
        "accepted_because": "",
        "accepted_by": "",
        "blessed_before": None,
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "expected the fairness figures as JSON"),
        ('{"format": 2}', "expected fairness figures of format 1; found 2"),
        ("[]", "found None"),
    ],
)
def test_an_invalid_file_is_rejected_by_name(tmp_path, content, message):
    path = tmp_path / "figures.json"
    path.write_text(content)
    with pytest.raises(InputError, match=f"^{path}: .*{message}"):
        read_document(str(path))
