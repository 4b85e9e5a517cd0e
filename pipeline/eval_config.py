"""Metrics, slices and thresholds of the Evaluator."""

from collections.abc import Collection

# tfx.components first: imported alone, some releases of TFMA lack EvalConfig.
import tfx.components  # noqa: F401

# isort: split
import tensorflow_model_analysis as tfma

from components.known_labels.marking import EVERYONE_KEY, known_key
from pipeline.settings.thresholds import BOUNDS, Thresholds
from trainer.groups import ATTRIBUTES, INTERSECTION
from trainer.measures.registry import MEASURES
from trainer.tasks import TASKS, Kind, Task

# The empty slice is all examples. FairnessReport adds race x gender x age slices, with intervals;
# here they would take a quarter more time, and have no intervals.
SLICES: tuple[tuple[str, ...], ...] = (
    (),
    *((attribute.key,) for attribute in ATTRIBUTES),
    tuple(attribute.key for attribute in INTERSECTION),
)
EXAMPLE_COUNT = "example_count"


def make_eval_config(thresholds: Thresholds, ranged: Collection[str] = ()) -> tfma.EvalConfig:
    """Returns the metrics of each task, the slices, and the thresholds as bounds.

    The examples to evaluate carry the outputs of a model as features of the same names, written
    by BulkInferrer. No model is loaded.

    Args:
      thresholds: the bounds.
      ranged: the label keys that examples may lack. Examples then carry weights for these
        tasks; see components.known_labels.
    """
    outputs = {task.output_key: task.output_key for task in TASKS}
    # ExampleCount sums weights, so it needs a task whose label is never missing.
    counted = next(task for task in TASKS if task.label_key not in ranged)
    count = _metric("ExampleCount", EXAMPLE_COUNT)
    return tfma.EvalConfig(
        model_specs=[
            tfma.ModelSpec(
                model_type=tfma.constants.MATERIALIZED_PREDICTION,
                prediction_keys=outputs,
                label_keys={task.output_key: task.label_key for task in TASKS},
                example_weight_keys={
                    task.output_key: known_key(task.label_key)
                    if task.label_key in ranged
                    else EVERYONE_KEY
                    for task in TASKS
                    if ranged
                },
            )
        ],
        slicing_specs=[tfma.SlicingSpec(feature_keys=keys) for keys in SLICES],
        metrics_specs=[
            tfma.MetricsSpec(
                output_names=[task.output_key],
                metrics=[*_metrics(task, thresholds), *([count] if task is counted else [])],
            )
            for task in TASKS
        ],
    )


def _metrics(task: Task, thresholds: Thresholds) -> list[tfma.MetricConfig]:
    bounds = {
        measure.key: {side: value}
        for name, (measure, side) in BOUNDS.items()
        if (value := getattr(thresholds, name)) is not None
    }
    metrics = [
        _metric(class_name, name, **bounds.get(measure.key, {}))
        for measure in MEASURES
        if measure.task is task
        for class_name, name in measure.tfma
    ]
    if task.kind is Kind.MULTICLASS:
        plot = "multi_class_confusion_matrix_plot"
        metrics.append(_metric("MultiClassConfusionMatrixPlot", plot))
    return metrics


def _metric(class_name: str, name: str, **bounds: float) -> tfma.MetricConfig:
    metric = tfma.MetricConfig(class_name=class_name, config=f'"name": "{name}"')
    if bounds:
        # A threshold without slices of its own would apply to every slice.
        metric.per_slice_thresholds.add(
            slicing_specs=[tfma.SlicingSpec()],
            threshold=tfma.MetricThreshold(
                value_threshold=tfma.GenericValueThreshold(
                    **{key: {"value": value} for key, value in bounds.items()}
                )
            ),
        )
    return metric
