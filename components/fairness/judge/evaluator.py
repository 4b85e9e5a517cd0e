"""Reads the Evaluator's reasons for refusing a model."""

from collections.abc import Iterable
from typing import Any

# tfx.components first: imported alone, some releases of TFMA lack EvalConfig.
import tfx.components  # noqa: F401

# isort: split
import tensorflow_model_analysis as tfma
from tensorflow_model_analysis.proto import validation_result_pb2

from components.fairness.measure.bootstrap import Measured
from components.fairness.measure.intervals import finite_or_none
from components.fairness.reason import MISSING_SLICES, THRESHOLD, Reason
from trainer.groups import ATTRIBUTES
from trainer.measures.registry import BY_KEY, MEASURES
from trainer.tasks import CLASSES, TASKS

_TASKS = {task.output_key: task.name for task in TASKS}
_ORDER = {attribute.key: place for place, attribute in enumerate(ATTRIBUTES)}
# Measures that a single TFMA metric computes, by output and name of the metric.
_MEASURES = {
    (measure.task.output_key, measure.tfma[0][1]): measure.key
    for measure in MEASURES
    if len(measure.tfma) == 1
}


def read_failures(evaluation_uri: str, measured: Measured) -> list[Reason]:
    """Returns a reason for each threshold that a model misses; empty if the Evaluator accepts it.

    Args:
      evaluation_uri: URI of the output of the Evaluator.
      measured: measures of the same model on the same examples, for the intervals.
    """
    result = tfma.load_validation_result(evaluation_uri)
    numbers = {cell.name: number for number, cell in enumerate(measured.cells)}
    reasons = []
    for validation in result.metric_validations_per_slice:
        columns = [(key.column, _value(key)) for key in validation.slice_key.single_slice_keys]
        name = slice_name(columns)
        for failure in validation.failures:
            estimate: dict[str, Any] = {}
            metric = failure.metric_key
            key = _MEASURES.get((metric.output_name, metric.name), "")
            if key and name in numbers:
                low, high = (
                    finite_or_none(ends[numbers[name]]) for ends in measured.intervals[key]
                )
                examples = int(measured.counts_of(BY_KEY[key].task)[numbers[name]])
                estimate = {"low": low, "high": high, "examples": examples}
            reasons.append(
                Reason(
                    kind=THRESHOLD,
                    slice=name,
                    measure=key,
                    metric=f"{_TASKS[metric.output_name]} {metric.name.replace('_', ' ')}",
                    **_bound(failure),
                    **estimate,
                )
            )
    if not reasons and not result.validation_ok:
        missing = [
            f"any {' and '.join(spec.feature_keys)}" if spec.feature_keys else "all"
            for spec in result.missing_slices
        ]
        note = ", ".join(missing) or "all"
        reasons.append(Reason(kind=MISSING_SLICES, slice="", note=note))
    return reasons


def slice_name(columns: Iterable[tuple[str, Any]]) -> str:
    """Returns the name of a TFMA slice, e.g. `Black, female`; `all` for all examples."""
    ordered = sorted(columns, key=lambda item: _ORDER.get(item[0], len(_ORDER)))
    words = [CLASSES[key][value] if key in CLASSES else str(value) for key, value in ordered]
    return ", ".join(words) or "all"


def _value(key: Any) -> int | str:
    kind = key.WhichOneof("kind")
    value = getattr(key, kind)
    return value.decode() if isinstance(value, bytes) else value


def _bound(failure: validation_result_pb2.ValidationFailure) -> dict[str, Any]:
    bound = failure.metric_threshold.value_threshold
    value = failure.metric_value.double_value.value
    for name in ("lower_bound", "upper_bound"):
        if bound.HasField(name):
            return {
                "is_lower_bound": name == "lower_bound",
                "bound": getattr(bound, name).value,
                "value": finite_or_none(value),
            }
    return {"note": failure.message}
