"""The curated schema and the code agree."""

import pandas as pd
import pytest
import tensorflow as tf
import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2
from tensorflow_transform.tf_metadata import schema_utils

from components.data_gate.checks.compared_features import COMPARED
from components.data_gate.checks.settings import DriftLimits, SkewLimits
from pipeline.gate_inputs import make_stats_options
from pipeline.settings.config import PipelineConfig
from trainer import features
from trainer.groups import AGE_BAND
from trainer.tasks import AGE, GENDER, RACE

GOOD = {
    "age": [1, 30],
    "gender": [0, 1],
    "race": [4, 0],
    "age_band": ["0-2", "30-39"],
    "width": [200, 180],
    "height": [200, 180],
    "brightness": [120.5, 80.0],
    "contrast": [50.5, 30.0],
    "sharpness": [300.5, 10.0],
    "colour": [18.5, None],
}


@pytest.fixture(scope="module")
def schema_file() -> str:
    return PipelineConfig(data="unused").schema_file


@pytest.fixture(scope="module")
def schema(schema_file):
    return tfdv.load_schema_text(schema_file)


def _statistics(schema, columns: dict):
    return tfdv.generate_statistics_from_dataframe(
        pd.DataFrame(columns), tfdv.StatsOptions(schema=schema)
    )


def _anomalies(schema, columns: dict, environment: str | None = None) -> set[str]:
    statistics = _statistics(schema, columns)
    return set(tfdv.validate_statistics(statistics, schema, environment).anomaly_info)


def test_label_bounds_match_the_code(schema):
    domains = {feature.name: feature.int_domain for feature in schema.feature}
    bounds = {key: (domains[key].min, domains[key].max) for key in features.LABEL_KEYS}
    assert bounds == {
        "age": (AGE.minimum, AGE.maximum),
        "gender": (0, len(GENDER.classes) - 1),
        "race": (0, len(RACE.classes) - 1),
    }
    (bands,) = schema.string_domain
    assert tuple(bands.value) == AGE_BAND.values


def test_every_feature_but_colour_is_a_required_scalar(schema):
    spec = schema_utils.schema_as_feature_spec(schema).feature_spec
    integer = tf.io.FixedLenFeature([], tf.int64)
    number = tf.io.FixedLenFeature([], tf.float32)
    text = tf.io.FixedLenFeature([], tf.string)
    assert spec == {
        **dict.fromkeys(("age", "gender", "race", "width", "height"), integer),
        **dict.fromkeys(("brightness", "contrast", "sharpness"), number),
        **dict.fromkeys(("age_band", "image", "file_name"), text),
        # Measured for one image in eight.
        "colour": tf.io.VarLenFeature(tf.float32),
    }


def test_statistics_without_the_image_have_no_anomalies(schema):
    assert _anomalies(schema, GOOD) == set()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("age", 117),
        ("gender", 2),
        ("race", -1),
        ("age_band", "30-40"),
        ("width", 15),
        ("height", 70_000),
        ("brightness", 256.0),
        ("contrast", 128.0),
        ("sharpness", -1.0),
        ("colour", 128.5),
    ],
)
def test_an_out_of_range_value_is_an_anomaly_of_its_feature(schema, column, value):
    assert _anomalies(schema, {**GOOD, column: [GOOD[column][0], value]}) == {column}


@pytest.mark.parametrize("column", [column for column in GOOD if column != "colour"])
def test_a_missing_feature_is_an_anomaly(schema, column):
    rest = {name: values for name, values in GOOD.items() if name != column}
    assert _anomalies(schema, rest) == {column}


def test_serving_examples_need_no_labels(schema):
    served = {"image": [b"...", b"..."], "file_name": [b"a.jpg", b"b.jpg"]}
    assert _anomalies(schema, served, "SERVING") == set()
    assert _anomalies(schema, served, "TRAINING") == GOOD.keys() - {"colour"}
    assert _anomalies(schema, GOOD, "TRAINING") == set()


def test_comparators_match_the_defaults_of_the_gate(schema):
    told = {"drift": {}, "skew": {}}
    for feature in schema.feature:
        for kind, found in told.items():
            if not feature.HasField(f"{kind}_comparator"):
                continue
            comparator = getattr(feature, f"{kind}_comparator")
            divergence = comparator.jensen_shannon_divergence
            histogram = schema_pb2.HistogramSelection.Type.Name(divergence.source.type).lower()
            found[feature.name] = (
                ("share", comparator.infinity_norm.threshold)
                if comparator.HasField("infinity_norm")
                else (histogram, divergence.threshold)
            )
    measures = {name: one.histogram or "share" for name, one in COMPARED.items()}
    for kind, limits in (("drift", DriftLimits()), ("skew", SkewLimits())):
        assert told[kind] == {
            name: (measures[name], limits.of(name).warn) for name in type(limits).model_fields
        }


def test_comparators_detect_drift_and_skew(schema):
    now, before = (
        _statistics(schema, {"race": [race] * 50 + [2] * 50, "age": [age, 40] * 50})
        for race, age in ((0, 10), (1, 60))
    )
    kinds = {"previous_statistics": "drift", "serving_statistics": "skew"}
    for argument, kind in kinds.items():
        found = tfdv.validate_statistics(now, schema, **{argument: before})
        reasons = {
            name: {anomalies_pb2.AnomalyInfo.Type.Name(reason.type) for reason in info.reason}
            for name, info in found.anomaly_info.items()
        }
        assert "COMPARATOR_L_INFTY_HIGH" in reasons["race"], kind
        far = "COMPARATOR_JENSEN_SHANNON_DIVERGENCE_HIGH" in reasons.get("age", ())
        assert far == (kind == "drift")


def test_statistics_read_only_the_statistics_features(schema_file):
    options = make_stats_options(schema_file)
    assert {feature.name for feature in options.schema.feature} == set(features.STATISTICS_KEYS)
    assert options.experimental_filter_read_paths
