"""Means and spreads, compared with values computed by hand."""

import pytest

from pipeline.tools.compare.aggregation import Comparison, Row, Spread


def test_the_deviation_is_the_sample_standard_deviation() -> None:
    # Deviations of -2, -1, 0 and 3 from 6: their squares sum to 14, over 3.
    spread = Spread.of([4.0, 5.0, 6.0, 9.0])
    assert spread.mean == 6.0
    assert spread.deviation == pytest.approx((14 / 3) ** 0.5)
    assert spread.show(".2f") == "6.00 ± 2.16"


def test_one_value_has_no_deviation() -> None:
    assert Spread.of([7.25]) == Spread((7.25,), 7.25, None)
    assert Spread.of([7.25]).show(".1f") == "7.2"


def test_a_row_aggregates_the_seeds_in_order(result) -> None:
    row = Row.of("mine", {3: result(8.0, cpu_seconds=90.0), 1: result(6.0, cpu_seconds=110.0)})
    assert row.seeds == (1, 3)
    assert row.spreads["age_mae"].values == (6.0, 8.0)
    assert row.spreads["age_mae"].mean == 7.0
    assert row.spreads["age_mae"].deviation == pytest.approx(2**0.5)
    assert row.spreads["cpu_seconds"].mean == 100.0
    assert row.spreads["cpu_seconds"].deviation == pytest.approx(200**0.5)
    assert row.spreads["race_accuracy"].deviation == 0.0
    assert (row.parameters, row.flops) == (1_234_567, 41_234_567)
    assert row.settings == {"architecture": "compact", "epochs": 2, "augmentation.method": "none"}


def test_a_metric_that_no_seed_has_is_none(result) -> None:
    row = Row.of("young", {1: result(grown=None), 2: result(grown=None)})
    assert row.spreads["gender_accuracy_15_and_older"] is None
    assert row.to_dict()["gender_accuracy_15_and_older"] is None


def test_a_comparison_keeps_a_row_without_results(result) -> None:
    found = {"lost": {}, "mine": {1: result(5.0), 2: result(7.0)}}
    comparison = Comparison.of(found, ["lost, seed 1", "lost, seed 2"])
    lost, mine = comparison.to_dict()["configs"]
    assert (lost["seeds"], lost["parameters"], lost["age_mae"]) == ((), None, None)
    assert mine["age_mae"] == {
        "mean": 6.0,
        "standard_deviation": pytest.approx(2**0.5),
        "values": (5.0, 7.0),
    }
    baseline = {"race": {"class": "White", "accuracy": 0.5355}}
    assert comparison.to_dict()["baseline"] == baseline
    assert comparison.to_dict()["failed"] == ["lost, seed 1", "lost, seed 2"]
