"""The Evaluator's results as rows a person can read."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

# tfx.v1 first: imported alone, some releases of TFMA lack EvalConfig.
from tfx import v1 as tfx  # noqa: F401

# isort: split
import tensorflow_model_analysis as tfma
from tensorflow_model_analysis.proto import validation_result_pb2

from pipeline import eval_config
from trainer import features

_WORDS = {features.GENDER_KEY: features.GENDERS, features.RACE_KEY: features.RACES}
_ORDER = {keys: order for order, keys in enumerate(map(frozenset, eval_config.SLICES))}
_TASKS = {
    features.AGE_OUTPUT: "age",
    features.GENDER_OUTPUT: "gender",
    features.RACE_OUTPUT: "race",
}


@dataclass(frozen=True)
class SliceMetrics:
    """How a model does on one slice of the test split.

    Attributes:
      name: such as `Indian, female`; `all` for the whole split.
      examples: how many.
      age_mae: mean absolute error, years; 0 is perfect.
      age_signed_error: mean of prediction - label, years; above 0 the model makes
        people older than they are.
      gender_accuracy: 0 to 1, 1 is perfect.
      gender_auc: 0 to 1, 1 is perfect, 0.5 is chance; None where a slice holds one
        gender only.
      race_accuracy: 0 to 1, 1 is perfect.
      race_confusion: how many examples, by true class and then predicted class, in
        the order of trainer.features.RACES.
    """

    name: str
    examples: int
    age_mae: float
    age_signed_error: float
    gender_accuracy: float
    gender_auc: float | None
    race_accuracy: float
    race_confusion: tuple[tuple[int, ...], ...]


def read_slice_metrics(evaluation_uri: str) -> list[SliceMetrics]:
    """Reads the rows of an evaluation: overall first, then slicing by slicing."""
    result = tfma.load_eval_result(evaluation_uri)
    plots = dict(result.plots)
    ordered = sorted(result.slicing_metrics, key=lambda item: _sort_key(item[0]))
    return [_row(key, metrics, plots[key]) for key, metrics in ordered]


def read_failures(evaluation_uri: str) -> list[str]:
    """Returns a line for each threshold a model missed; none if it is to be blessed."""
    result = tfma.load_validation_result(evaluation_uri)
    lines = []
    for validation in result.metric_validations_per_slice:
        columns = [(key.column, _value(key)) for key in validation.slice_key.single_slice_keys]
        for failure in validation.failures:
            lines.append(f"{_slice_name(columns)}: {_explain(failure)}")
    if not lines and not result.validation_ok:
        missing = [
            _slice_name([(key, "any") for key in spec.feature_keys])
            for spec in result.missing_slices
        ]
        lines.append(f"slices that were to be checked are missing: {', '.join(missing) or 'all'}")
    return lines


def _row(key: tuple[Any, ...], metrics: dict[str, Any], plots: dict[str, Any]) -> SliceMetrics:
    age, gender, race = (
        {name: value.get("doubleValue", 0.0) for name, value in metrics[output][""].items()}
        for output in (features.AGE_OUTPUT, features.GENDER_OUTPUT, features.RACE_OUTPUT)
    )
    one_gender = any(column == features.GENDER_KEY for column, _ in key)
    return SliceMetrics(
        name=_slice_name(key),
        examples=int(age[eval_config.EXAMPLE_COUNT]),
        age_mae=age[eval_config.AGE_MAE],
        age_signed_error=age[eval_config.MEAN_PREDICTION] - age[eval_config.MEAN_LABEL],
        gender_accuracy=gender[eval_config.GENDER_ACCURACY],
        gender_auc=None if one_gender else gender[eval_config.GENDER_AUC],
        race_accuracy=race[eval_config.RACE_ACCURACY],
        race_confusion=_confusion(plots),
    )


def _confusion(plots: dict[str, Any]) -> tuple[tuple[int, ...], ...]:
    matrix = plots[features.RACE_OUTPUT][""]["multiClassConfusionMatrixAtThresholds"]
    size = len(features.RACES)
    counts = [[0] * size for _ in range(size)]
    for entry in matrix["matrices"][0]["entries"]:
        actual, predicted = entry.get("actualClassId", 0), entry.get("predictedClassId", 0)
        counts[actual][predicted] += int(entry.get("numWeightedExamples", 0))
    return tuple(map(tuple, counts))


def _sort_key(key: tuple[Any, ...]) -> tuple[Any, ...]:
    values = [
        features.AGE_BANDS.index(value) if column == features.AGE_BAND_KEY else value
        for column, value in sorted(key, key=lambda item: item[0] != features.RACE_KEY)
    ]
    return (_ORDER[frozenset(column for column, _ in key)], *values)


def _slice_name(columns: Iterable[tuple[str, Any]]) -> str:
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
