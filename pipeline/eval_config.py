"""What the Evaluator measures, on which slices, and what it asks of a model."""

# tfx.v1 first: imported alone, some releases of TFMA lack EvalConfig.
from tfx import v1 as tfx  # noqa: F401

# isort: split
import tensorflow_model_analysis as tfma

from pipeline.config import Thresholds
from trainer import features
from trainer.signatures import SERVING_DEFAULT

# The empty slice is all examples. FairnessReport adds the age bands of a gender of a race, with
# intervals; here they would take a quarter more time, and have none.
SLICES: tuple[tuple[str, ...], ...] = (
    (),
    (features.RACE_KEY,),
    (features.GENDER_KEY,),
    (features.RACE_KEY, features.GENDER_KEY),
    (features.AGE_BAND_KEY,),
)

AGE_MAE = "mean_absolute_error"
AGE_RMSE = "root_mean_squared_error"
MEAN_PREDICTION = "mean_prediction"
MEAN_LABEL = "mean_label"
GENDER_ACCURACY = "binary_accuracy"
GENDER_AUC = "auc"
GENDER_FNR = "false_negative_rate"
GENDER_FPR = "false_positive_rate"
RACE_ACCURACY = "sparse_categorical_accuracy"
EXAMPLE_COUNT = "example_count"


def make_eval_config(thresholds: Thresholds) -> tfma.EvalConfig:
    """Returns the metrics of each branch, the slices, and the thresholds as bounds."""
    return tfma.EvalConfig(
        model_specs=[
            tfma.ModelSpec(signature_name=SERVING_DEFAULT, label_keys=features.OUTPUT_LABELS)
        ],
        slicing_specs=[tfma.SlicingSpec(feature_keys=keys) for keys in SLICES],
        metrics_specs=[
            _metrics(
                features.AGE_OUTPUT,
                _metric("MeanAbsoluteError", AGE_MAE, upper_bound=thresholds.max_age_mae),
                _metric("RootMeanSquaredError", AGE_RMSE),
                _metric("MeanPrediction", MEAN_PREDICTION),
                _metric("MeanLabel", MEAN_LABEL),
                _metric("ExampleCount", EXAMPLE_COUNT),
            ),
            _metrics(
                features.GENDER_OUTPUT,
                _metric(
                    "BinaryAccuracy", GENDER_ACCURACY, lower_bound=thresholds.min_gender_accuracy
                ),
                _metric("AUC", GENDER_AUC),
                _metric("FNR", GENDER_FNR),
                _metric("FPR", GENDER_FPR),
            ),
            _metrics(
                features.RACE_OUTPUT,
                _metric(
                    "SparseCategoricalAccuracy",
                    RACE_ACCURACY,
                    lower_bound=thresholds.min_race_accuracy,
                ),
                _metric("MultiClassConfusionMatrixPlot", "multi_class_confusion_matrix_plot"),
            ),
        ],
    )


def _metrics(output: str, *metrics: tfma.MetricConfig) -> tfma.MetricsSpec:
    return tfma.MetricsSpec(output_names=[output], metrics=list(metrics))


def _metric(class_name: str, name: str, **bounds: float) -> tfma.MetricConfig:
    metric = tfma.MetricConfig(class_name=class_name, config=f'"name": "{name}"')
    if bounds:
        # Without a slicing of its own a threshold would apply to each and every slice.
        metric.per_slice_thresholds.add(
            slicing_specs=[tfma.SlicingSpec()],
            threshold=tfma.MetricThreshold(
                value_threshold=tfma.GenericValueThreshold(
                    **{key: {"value": value} for key, value in bounds.items()}
                )
            ),
        )
    return metric
