"""What the Evaluator refuses a model for, in words."""

from collections.abc import Iterable
from typing import Any

# tfx.v1 first: imported alone, some releases of TFMA lack EvalConfig.
from tfx import v1 as tfx  # noqa: F401

# isort: split
import tensorflow_model_analysis as tfma
from tensorflow_model_analysis.proto import validation_result_pb2

from components.fairness.bootstrap import Measured
from components.fairness.cell_intervals import find_intervals
from trainer import features
from trainer.tasks import CLASSES, TASKS

_TASKS = {task.output_key: task.name for task in TASKS}
# What FairnessReport calls the Evaluator's metrics, by output and name.
_MEASURES = {
    (features.AGE_OUTPUT, "mean_absolute_error"): "age_mae",
    (features.GENDER_OUTPUT, "binary_accuracy"): "gender_accuracy",
    (features.RACE_OUTPUT, "sparse_categorical_accuracy"): "race_accuracy",
}


def read_failures(evaluation_uri: str, measured: Measured) -> list[str]:
    """Returns a line for each threshold a model missed; none if it is to be blessed.

    Args:
      evaluation_uri: of the Evaluator.
      measured: of the same model on the same examples, for the intervals.
    """
    result = tfma.load_validation_result(evaluation_uri)
    intervals = find_intervals(measured)
    numbers = {cell.name: number for number, cell in enumerate(measured.cells)}
    lines = []
    for validation in result.metric_validations_per_slice:
        columns = [(key.column, _value(key)) for key in validation.slice_key.single_slice_keys]
        name = slice_name(columns)
        for failure in validation.failures:
            told = ""
            key = _MEASURES.get((failure.metric_key.output_name, failure.metric_key.name))
            if key and name in numbers:
                low, high = (ends[numbers[name]] for ends in intervals[key])
                examples = measured.counts[numbers[name]]
                told = f" ({low:.3g} to {high:.3g}) of {examples:,} examples"
            lines.append(f"{name}: {_explain(failure)}{told}")
    if not lines and not result.validation_ok:
        missing = [
            f"any {' and '.join(spec.feature_keys)}" if spec.feature_keys else "all"
            for spec in result.missing_slices
        ]
        lines.append(f"slices that were to be checked are missing: {', '.join(missing) or 'all'}")
    return lines


def slice_name(columns: Iterable[tuple[str, Any]]) -> str:
    """Returns a slice of TFMA in words, such as `Black, female`; `all` for all examples."""
    # Race before gender, as in the report's headings.
    ordered = sorted(columns, key=lambda item: item[0] != features.RACE_KEY)
    words = [CLASSES[key][value] if key in CLASSES else str(value) for key, value in ordered]
    return ", ".join(words) or "all"


def _value(key: Any) -> int | str:
    kind = key.WhichOneof("kind")
    value = getattr(key, kind)
    return value.decode() if isinstance(value, bytes) else value


def _explain(failure: validation_result_pb2.ValidationFailure) -> str:
    task = _TASKS[failure.metric_key.output_name]
    metric = failure.metric_key.name.replace("_", " ")
    bound = failure.metric_threshold.value_threshold
    found = failure.metric_value.double_value.value
    if bound.HasField("upper_bound"):
        return f"{task} {metric}: expected at most {bound.upper_bound.value:.4g}; found {found:.4g}"
    if bound.HasField("lower_bound"):
        return (
            f"{task} {metric}: expected at least {bound.lower_bound.value:.4g}; found {found:.4g}"
        )
    return f"{task} {metric}: {failure.message or 'not measured'}"
