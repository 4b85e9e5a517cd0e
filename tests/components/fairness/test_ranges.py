"""Examples whose age is only a range: they have an age band, but no age measures."""

import dataclasses

import numpy as np
import pytest

from components.fairness.display import examples_of, is_too_small, rank
from components.fairness.document import Verdict, make_document
from components.fairness.judge.comparisons import compare
from components.fairness.judge.judgment import judge
from components.fairness.measure.bootstrap import Measured, measure
from components.fairness.measure.cells import find_atoms, make_cells, memberships
from components.fairness.settings import FairnessSettings
from tests.components.fairness.drawn import DrawnPredictions, make_predictions
from trainer.features import UNKNOWN_LABEL, greatest_key, least_key
from trainer.groups import AGE_BAND
from trainer.measures.registry import MEASURES
from trainer.predictions import Predictions
from trainer.tasks import AGE

CELLS = make_cells()
NUMBERS = {cell.name: number for number, cell in enumerate(CELLS)}
WHOLE = make_predictions(300)
KNOWN = np.arange(300) % 3 == 0
RESAMPLES = 20


def with_ranges(whole: DrawnPredictions, known: np.ndarray) -> Predictions:
    """Replaces unknown ages with ranges: an age band (even rows), or two age bands (odd rows)."""
    ends = [0, *(bound + 1 for bound in AGE_BAND.upper_bounds)]
    codes = np.searchsorted(AGE_BAND.upper_bounds, whole.age)
    wide = np.arange(len(whole)) % 2 == 1
    least = np.array(ends)[codes]
    greatest = np.array([*AGE_BAND.upper_bounds, AGE.maximum])[codes]
    least = np.where(wide & (codes > 0), least - 1, least)
    greatest = np.where(wide & (codes == 0), greatest + 1, greatest)
    labels = {
        **whole.labels,
        "age": np.where(known, whole.age, UNKNOWN_LABEL),
        least_key("age"): np.where(known, UNKNOWN_LABEL, least),
        greatest_key("age"): np.where(known, UNKNOWN_LABEL, greatest),
    }
    return Predictions(labels, whole.outputs)


RANGED = with_ranges(WHOLE, KNOWN)


@pytest.fixture(scope="module")
def measured() -> Measured:
    return measure(RANGED, resamples=RESAMPLES)


def test_examples_are_in_the_cell_of_their_age_band_or_in_none():
    members, expected = (memberships(CELLS)[:, find_atoms(one.labels)] for one in (RANGED, WHOLE))
    banded = KNOWN | (np.arange(300) % 2 == 0)
    for cell, found, truth in zip(CELLS, members, expected, strict=True):
        by_band = AGE_BAND.key in cell.slicing
        np.testing.assert_array_equal(found, truth & banded if by_band else truth)


def test_age_measures_use_only_examples_with_a_known_age(measured):
    known = Predictions(
        {key: one[KNOWN] for key, one in WHOLE.labels.items()},
        {key: one[KNOWN] for key, one in WHOLE.outputs.items()},
    )
    expected = measure(known, resamples=0)
    for one in MEASURES:
        if one.task is AGE:
            np.testing.assert_allclose(measured.observed[one.key], expected.observed[one.key])
    np.testing.assert_array_equal(measured.counts_of(AGE), expected.counts)


def test_measures_of_other_tasks_use_all_examples(measured):
    expected = measure(WHOLE, resamples=RESAMPLES)
    no_band = [n for n, cell in enumerate(CELLS) if AGE_BAND.key not in cell.slicing]
    for one in MEASURES:
        if one.task is not AGE and not one.key.endswith("_and_older"):
            np.testing.assert_allclose(
                measured.observed[one.key][no_band], expected.observed[one.key][no_band]
            )
            np.testing.assert_allclose(
                measured.resampled[one.key][:, no_band], expected.resampled[one.key][:, no_band]
            )
    assert measured.counts[0] == 300
    assert list(measured.known) == [AGE]


def test_and_older_measures_count_only_examples_certainly_old_enough(measured):
    key = "gender_accuracy_15_and_older"
    least = np.where(KNOWN, WHOLE.age, RANGED.labels[least_key("age")])
    correct = WHOLE.gender_answer == WHOLE.gender
    assert measured.observed[key][0] == pytest.approx(correct[least >= 15].mean())


def test_min_examples_counts_only_examples_with_a_known_label(measured):
    nothing = {"worst": None, "gap": None, "worse": None}
    tasks = {task: nothing for task in ("age_mae", "gender_accuracy", "race_accuracy")}
    for key in ("age_mae", "gender_accuracy"):
        counts = measured.counts_of(AGE) if key == "age_mae" else measured.counts
        asked = FairnessSettings.model_validate(
            {
                "min_examples": 30,
                "groups": {**tasks, key: {**nothing, "worst": 0.5}},
                "age_bands": tasks,
            }
        )
        found = {one.cell.name: one.examples for one in compare(measured, None, asked)}
        cells = [n for n, cell in enumerate(CELLS) if cell.name in found]
        assert found == {CELLS[n].name: counts[n] for n in cells}
        assert min(found.values()) >= 30
    few = NUMBERS["Black"]
    assert measured.counts_of(AGE)[few] < 30 <= measured.counts[few]


def test_the_document_states_how_many_examples_a_measure_covers(measured):
    settings = FairnessSettings(min_examples=30)
    verdict = Verdict(blessed=True, reasons=())
    judgment = judge(measured, None, settings)
    document = make_document(RANGED, measured, judgment, verdict, settings)
    rows = {row["slice"]: row for row in document["slices"]}
    assert rows["all"]["examples"] == 300
    assert examples_of(rows["all"], "age_mae") == 100
    assert examples_of(rows["all"], "gender_accuracy") == 300
    assert "examples" not in rows["all"]["measures"]["gender_accuracy"]
    assert not rows["Black"]["too_small"]
    assert is_too_small(document, rows["Black"], "age_mae")
    assert "Black" not in [row["slice"] for row in rank(document, ["race"], "age_mae")]
    assert "Black" in [row["slice"] for row in rank(document, ["race"], "race_accuracy")]


def test_age_measures_are_nan_without_known_ages():
    found = measure(with_ranges(WHOLE, np.zeros(300, bool)), resamples=RESAMPLES)
    for one in MEASURES:
        if one.task is AGE:
            assert np.isnan(found.observed[one.key]).all()
    assert found.counts[0] == 300
    assert found.counts_of(AGE).sum() == 0


def test_fully_known_ages_have_no_separate_counts():
    whole = measure(WHOLE, resamples=0)
    ends = {key: np.full(300, UNKNOWN_LABEL) for key in (least_key("age"), greatest_key("age"))}
    same = measure(dataclasses.replace(WHOLE, labels={**WHOLE.labels, **ends}), resamples=0)
    assert whole.known == same.known == {}
    np.testing.assert_array_equal(whole.sums.values, same.sums.values)
