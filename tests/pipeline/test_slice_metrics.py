"""What the Evaluator measured, slice by slice; the real thing is in tests/e2e/test_run.py."""

import dataclasses
import io
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest
from rich.console import Console

from components.fairness.bootstrap import measure
from components.fairness.document import Verdict, make_document
from components.fairness.judging import judge
from components.fairness.settings import FairnessSettings
from pipeline import eval_config, report, slice_metrics
from tests.components.fairness.drawn import make_outcomes
from trainer import features


def metrics(**gender: float | str) -> dict:
    """What TFMA gives of a slice; it writes NaN as a text."""

    def values(**numbers: float | str) -> dict:
        return {"": {name: {"doubleValue": number} for name, number in numbers.items()}}

    gender = {eval_config.GENDER_ACCURACY: 0.9, **gender}
    return {
        features.AGE_OUTPUT: values(
            **{name: 20.0 for name in (eval_config.AGE_MAE, eval_config.MEAN_LABEL)},
            **{eval_config.MEAN_PREDICTION: 21.0, eval_config.EXAMPLE_COUNT: 7.0},
        ),
        features.GENDER_OUTPUT: values(**gender),
        features.RACE_OUTPUT: values(**{eval_config.RACE_ACCURACY: 0.5}),
    }


PLOTS = {
    features.RACE_OUTPUT: {
        "": {"multiClassConfusionMatrixAtThresholds": {"matrices": [{"entries": []}]}}
    }
}
BOTH = {"auc": 0.75, "false_negative_rate": 0.1, "false_positive_rate": 0.0}
MEN = {"auc": 0.0, "false_negative_rate": "NaN", "false_positive_rate": 0.2}
WOMEN = {"auc": 0.0, "false_negative_rate": 0.1, "false_positive_rate": "NaN"}
WORST = {"auc": 0.0, "false_negative_rate": 1.0, "false_positive_rate": 1.0}


@pytest.fixture
def evaluated(monkeypatch) -> Callable[[dict], list[slice_metrics.SliceMetrics]]:
    def read(slices: dict) -> list[slice_metrics.SliceMetrics]:
        found = SimpleNamespace(
            slicing_metrics=[(key, metrics(**gender)) for key, gender in slices.items()],
            plots=[(key, PLOTS) for key in slices],
        )
        monkeypatch.setattr(slice_metrics.tfma, "load_eval_result", lambda _: found)
        return slice_metrics.read_slice_metrics("uri")

    return read


def test_a_slice_of_one_gender_has_no_auc(evaluated):
    bands = dict(zip(features.AGE_BANDS, (MEN, WOMEN, BOTH, WORST), strict=False))
    slices = {(): BOTH, **{((features.AGE_BAND_KEY, band),): one for band, one in bands.items()}}
    slices[((features.GENDER_KEY, 1),)] = WOMEN
    found = {row.name: row.gender_auc for row in evaluated(slices)}
    assert found == {
        "all": 0.75, "female": None, "0-2": None, "3-9": None, "10-19": 0.75, "20-29": 0.0
    }  # fmt: skip


def test_the_table_shows_a_dash_for_it(evaluated):
    rows = evaluated({(): BOTH, ((features.AGE_BAND_KEY, "0-2"),): MEN})
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(report._metrics_table(rows))
    cells = [line.split() for line in console.export_text().splitlines()]
    assert ["0-2", "7", "20.00", "+1.00", "0.900", "-", "0.500"] in cells


def test_the_fairness_figures_have_none_either():
    outcomes = make_outcomes(400)
    # No man is a baby.
    gender = np.where(outcomes.age <= 2, 1, outcomes.gender)
    chosen = dataclasses.replace(outcomes, gender=gender)
    settings = FairnessSettings()
    measured = measure(chosen, resamples=50)
    document = make_document(
        chosen, measured, judge(measured, None, settings), Verdict(True, ()), settings
    )
    slices = {one["slice"]: one["measures"]["gender_auc"]["value"] for one in document["slices"]}
    assert slices["0-2"] is None and slices["female"] is None
    assert 0.5 < slices["10-19"] <= 1
