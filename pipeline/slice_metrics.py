"""The Evaluator's results as rows a person can read."""

import math
from dataclasses import dataclass
from typing import Any

# tfx.v1 first: imported alone, some releases of TFMA lack EvalConfig.
from tfx import v1 as tfx  # noqa: F401

# isort: split
import tensorflow_model_analysis as tfma

from components.fairness.evaluator import slice_name
from pipeline import eval_config
from trainer import features

_ORDER = {keys: order for order, keys in enumerate(map(frozenset, eval_config.SLICES))}


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


def _row(key: tuple[Any, ...], metrics: dict[str, Any], plots: dict[str, Any]) -> SliceMetrics:
    age, gender, race = (
        {name: float(value.get("doubleValue", 0.0)) for name, value in metrics[output][""].items()}
        for output in (features.AGE_OUTPUT, features.GENDER_OUTPUT, features.RACE_OUTPUT)
    )
    # TFMA gives 0 for the AUC of one gender, but no rate of errors for the gender that is absent.
    rates = (gender[eval_config.GENDER_FNR], gender[eval_config.GENDER_FPR])
    one_gender = any(map(math.isnan, rates))
    return SliceMetrics(
        name=slice_name(key),
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
