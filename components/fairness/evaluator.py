"""What the Evaluator refuses a model for, in words."""

from collections.abc import Iterable
from typing import Any

# tfx.v1 first: imported alone, some releases of TFMA lack EvalConfig.
from tfx import v1 as tfx  # noqa: F401

# isort: split
import tensorflow_model_analysis as tfma
from tensorflow_model_analysis.proto import validation_result_pb2

from trainer import features

_WORDS = {features.GENDER_KEY: features.GENDERS, features.RACE_KEY: features.RACES}
_TASKS = {
    features.AGE_OUTPUT: "age",
    features.GENDER_OUTPUT: "gender",
    features.RACE_OUTPUT: "race",
}


def read_failures(evaluation_uri: str) -> list[str]:
    """Returns a line for each threshold a model missed; none if it is to be blessed."""
    result = tfma.load_validation_result(evaluation_uri)
    lines = []
    for validation in result.metric_validations_per_slice:
        columns = [(key.column, _value(key)) for key in validation.slice_key.single_slice_keys]
        for failure in validation.failures:
            lines.append(f"{slice_name(columns)}: {_explain(failure)}")
    if not lines and not result.validation_ok:
        missing = [
            slice_name([(key, "any") for key in spec.feature_keys])
            for spec in result.missing_slices
        ]
        lines.append(f"slices that were to be checked are missing: {', '.join(missing) or 'all'}")
    return lines


def slice_name(columns: Iterable[tuple[str, Any]]) -> str:
    """Returns a slice of TFMA in words, such as `Black, female`; `all` for all examples."""
    # Race before gender, as in the report's headings.
    ordered = sorted(columns, key=lambda item: item[0] != features.RACE_KEY)
    words = [_WORDS[key][value] if key in _WORDS else str(value) for key, value in ordered]
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
