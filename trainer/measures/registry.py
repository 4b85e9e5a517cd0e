"""The registry of measures. To add a measure, extend the function for the kind of its task.

The Evaluator, the fairness figures and their page, the bounds, the console, the model card, the
trend of the history and `utkface compare` read MEASURES. docs/adding-a-measure.md has an example.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from trainer.measures.columns import (
    CALIBRATION_BINS,
    Aged,
    Confused,
    CorrectAged,
    Labeled,
    Overconfidence,
    Within,
    absolute_error,
    correct,
    error,
    squared_error,
)
from trainer.measures.measure import SHARE, Direction, Measure, Surface, Unit
from trainer.measures.statistic import Ranked, Statistic, Summed, divide, everyone, mean, share
from trainer.tasks import TASKS, Kind, Task

if TYPE_CHECKING:
    import numpy as np

    from trainer.predictions import TaskPredictions

_CLOSE = 5
_EVERYWHERE = frozenset(Surface)


def _share(
    task: Task,
    suffix: str,
    name: str,
    statistic: Statistic,
    direction: Direction = Direction.HIGHER,
    *,
    words: str = "",
    **others: Any,
) -> Measure:
    """Returns a measure from 0 to 1. Without `words`, its name is its definition."""
    return Measure(
        task=task,
        suffix=suffix,
        name=name,
        words=words or name,
        statistic=statistic,
        direction=direction,
        unit=SHARE,
        **others,
    )


def _regression(task: Task) -> tuple[Measure, ...]:
    unit = Unit(task.unit, ".1f", ".2f", points=task.unit)
    return (
        Measure(
            task=task,
            suffix="mae",
            name="MAE",
            words=f"mean absolute error, {task.unit}",
            title="mean error",
            statistic=mean(absolute_error),
            direction=Direction.LOWER,
            unit=unit,
            surfaces=_EVERYWHERE,
            tfma=(("MeanAbsoluteError", "mean_absolute_error"),),
        ),
        Measure(
            task=task,
            suffix="bias",
            name="bias",
            words=f"mean error, {task.unit}; above 0 predictions are too high",
            statistic=mean(error),
            direction=Direction.ZERO,
            unit=replace(unit, pattern="+.1f", exact="+.2f"),
            surfaces=frozenset({Surface.CONSOLE}),
            heading="signed\nerror",
            tfma=(("MeanPrediction", "mean_prediction"), ("MeanLabel", "mean_label")),
        ),
        Measure(
            task=task,
            suffix="rmse",
            name="RMSE",
            words=f"root mean squared error, {task.unit}",
            statistic=Summed((squared_error, everyone), lambda part, n: divide(part, n) ** 0.5),
            direction=Direction.LOWER,
            unit=unit,
            tfma=(("RootMeanSquaredError", "root_mean_squared_error"),),
        ),
        _share(task, "close", f"share within {_CLOSE} {task.unit}", share(Within(_CLOSE))),
    )


def _binary(task: Task) -> tuple[Measure, ...]:
    people = task.people or task.classes
    return (
        _accuracy(task, "BinaryAccuracy", "binary_accuracy"),
        *(
            _share(
                task,
                suffix,
                f"false {outcome} rate",
                share(Confused(label, 1 - label), Labeled(label)),
                Direction.LOWER,
                words=f"share of {people[label]} misclassified as {people[1 - label]}",
                tfma=((suffix.upper(), f"false_{outcome}_rate"),),
            )
            for suffix, outcome, label in (("fnr", "negative", 1), ("fpr", "positive", 0))
        ),
        *_classification_measures(task),
        _share(
            task,
            "auc",
            "AUC",
            Ranked(_auc),
            words="area under the ROC",
            surfaces=frozenset({Surface.CONSOLE}),
            tfma=(("AUC", "auc"),),
        ),
    )


def _multiclass(task: Task) -> tuple[Measure, ...]:
    codes = range(len(task.classes))
    matrix = tuple(Confused(label, predicted) for label in codes for predicted in codes)
    return (
        _accuracy(task, "SparseCategoricalAccuracy", "sparse_categorical_accuracy"),
        _share(
            task,
            "macro_f1",
            "macro F1",
            Summed(matrix, _macro_f1),
            words="mean F1 over the classes",
        ),
        *(
            _share(
                task,
                f"recall_{name.lower()}",
                f"recall of {name}",
                share(Confused(code, code), Labeled(code)),
                words=f"share of people labeled {name} who are predicted as {name}",
                is_of_one_class=True,
            )
            for code, name in enumerate(task.classes)
        ),
        *_classification_measures(task),
    )


def _accuracy(task: Task, tfma_class: str, tfma_name: str) -> Measure:
    return _share(
        task,
        "accuracy",
        "accuracy",
        share(correct),
        title="correct predictions",
        surfaces=_EVERYWHERE,
        tfma=((tfma_class, tfma_name),),
    )


def _classification_measures(task: Task) -> tuple[Measure, ...]:
    """The expected calibration error (Guo et al., "On Calibration of Modern Neural Networks"),
    and the accuracy for people of at least `judged_from_age`.
    """
    bins = tuple(Overconfidence(number) for number in range(CALIBRATION_BINS))
    gap = Summed((*bins, everyone), _mean_gap)
    error = _share(task, "calibration_error", "calibration error", gap, Direction.LOWER)
    least = task.judged_from_age
    if not least:
        return (error,)
    older = _share(
        task,
        f"accuracy_{least}_and_older",
        f"accuracy {least}+",
        share(CorrectAged(least), Aged(least)),
        words=f"accuracy, ages {least} and older",
        surfaces=frozenset({Surface.COMPARE}),
        heading=f"acc.\n{least}+",
    )
    return error, older


def _mean_gap(*sums: "np.ndarray") -> "np.ndarray":
    first, *gaps, examples = sums
    return divide(sum(map(abs, gaps), abs(first)), examples)


def _auc(predictions: "TaskPredictions", weights: "np.ndarray") -> "np.ndarray":
    from trainer.measures.auc import weighted_auc

    return weighted_auc(predictions.label == 1, predictions.output[:, 0], weights)


def _macro_f1(*sums: "np.ndarray") -> "np.ndarray":
    """The mean F1 over the classes with labels; without labels, a class has no recall."""
    import numpy as np

    size = int(len(sums) ** 0.5)
    matrix = np.stack(
        [np.stack(sums[first : first + size], -1) for first in range(0, len(sums), size)], -2
    )
    right = np.diagonal(matrix, axis1=-2, axis2=-1)
    labeled, predicted = matrix.sum(-1), matrix.sum(-2)
    scores = np.where(labeled > 0, divide(2 * right, labeled + predicted), np.nan)
    return divide(np.nansum(scores, axis=-1), (labeled > 0).sum(-1))


_MEASURES_BY_KIND: Mapping[Kind, Callable[[Task], tuple[Measure, ...]]] = {
    Kind.REGRESSION: _regression,
    Kind.BINARY: _binary,
    Kind.MULTICLASS: _multiclass,
}

MEASURES = tuple(measure for task in TASKS for measure in _MEASURES_BY_KIND[task.kind](task))
BY_KEY = {measure.key: measure for measure in MEASURES}


def measures_on(surface: Surface) -> dict[str, Measure]:
    """Returns the measures of a surface, by key."""
    return {measure.key: measure for measure in MEASURES if surface in measure.surfaces}
