"""Failures of the Evaluator are formatted like the reasons of FairnessReport."""

import math

import pytest

# Imports tfx.components first: imported alone, some releases of TFMA lack EvalConfig.
from components.fairness.judge import evaluator

# isort: split
from tensorflow_model_analysis.proto import validation_result_pb2

from components.fairness.measure.bootstrap import measure
from components.fairness.reason import format_reason
from tests.components.fairness.drawn import make_predictions


@pytest.fixture
def told(monkeypatch):
    def read(result):
        monkeypatch.setattr(evaluator.tfma, "load_validation_result", lambda _: result)
        return [format_reason(one) for one in evaluator.read_failures("/evaluation", MEASURED)]

    return read


MEASURED = measure(make_predictions(600), resamples=100)


def failed(output: str, metric: str, value: float, **bounds: float):
    result = validation_result_pb2.ValidationResult()
    failure = result.metric_validations_per_slice.add().failures.add()
    failure.metric_key.name, failure.metric_key.output_name = metric, output
    failure.metric_value.double_value.value = value
    for name, bound in bounds.items():
        getattr(failure.metric_threshold.value_threshold, name).value = bound
    return result


@pytest.mark.parametrize(
    ("failure", "key", "line"),
    [
        (
            failed("age_output", "mean_absolute_error", 9.125, upper_bound=4.0),
            "age_mae",
            "all: age mean absolute error: expected at most 4; found 9.125",
        ),
        (
            failed("gender_output", "binary_accuracy", 0.5, lower_bound=0.75),
            "gender_accuracy",
            "all: gender binary accuracy: expected at least 0.75; found 0.5",
        ),
    ],
)
def test_a_missed_bound_is_reported_with_its_interval(told, failure, key, line):
    low, high = (ends[0] for ends in MEASURED.intervals[key])
    assert told(failure) == [f"{line} ({low:.3g} to {high:.3g}) in 600 examples"]


def test_a_slice_that_only_the_evaluator_measures_has_no_interval(told):
    result = failed("age_output", "mean_absolute_error", 9.0, upper_bound=4.0)
    key = result.metric_validations_per_slice[0].slice_key.single_slice_keys.add()
    key.column, key.bytes_value = "camera", b"old"
    assert told(result) == ["old: age mean absolute error: expected at most 4; found 9"]


@pytest.mark.parametrize("name", ["female", "White, male"])
def test_a_slice_has_its_own_interval_and_its_attributes_are_in_order(told, name):
    codes = {"gender": name.endswith(" male"), "race": 0}
    result = failed("gender_output", "binary_accuracy", 0.5, lower_bound=0.75)
    keys = result.metric_validations_per_slice[0].slice_key.single_slice_keys
    for column in ("gender", "race") if "White" in name else ("gender",):
        keys.add(column=column, int64_value=0 if codes[column] else 1 - (column == "race"))
    number = [cell.name for cell in MEASURED.cells].index(name)
    low, high = (ends[number] for ends in MEASURED.intervals["gender_accuracy"])
    assert told(result) == [
        f"{name}: gender binary accuracy: expected at least 0.75; found 0.5 ({low:.3g} to "
        f"{high:.3g}) in {MEASURED.counts[number]} examples"
    ]


def test_a_metric_that_was_not_measured_is_reported_with_the_message(told):
    result = failed("race_output", "new_metric", 0.0)
    result.metric_validations_per_slice[0].failures[0].message = "Metric not found."
    again = result.metric_validations_per_slice[0].failures.add()
    again.CopyFrom(
        failed("age_output", "new", math.nan, upper_bound=4.0)
        .metric_validations_per_slice[0]
        .failures[0]
    )
    assert told(result) == [
        "all: race new metric: Metric not found.",
        "all: age new: not measured",
    ]


def test_failures_are_listed_instead_of_missing_slices(told):
    result = failed("age_output", "mean_absolute_error", 9.0, upper_bound=4.0)
    result.missing_slices.add(feature_keys=["race"])
    (line,) = told(result)
    assert line.startswith("all: age mean absolute error: expected at most 4; found 9 (")


def test_a_refusal_without_a_reason_names_all_examples(told):
    refused = validation_result_pb2.ValidationResult(validation_ok=False)
    assert told(refused) == ["slices to check are missing: all"]


def test_missing_slices_are_named(told):
    result = validation_result_pb2.ValidationResult(validation_ok=False)
    result.missing_slices.add(feature_keys=["race", "gender"])
    result.missing_slices.add()
    assert told(result) == ["slices to check are missing: any race and gender, all"]


def test_a_model_within_all_bounds_has_no_failures(told):
    assert told(validation_result_pb2.ValidationResult(validation_ok=True)) == []
