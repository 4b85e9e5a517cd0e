"""The curated schema and the code agree."""

import pandas as pd
import pytest
import tensorflow as tf
import tensorflow_data_validation as tfdv
from tensorflow_transform.tf_metadata import schema_utils

from pipeline.config import PipelineConfig
from pipeline.create_pipeline import make_stats_options
from trainer import features

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
}


@pytest.fixture(scope="module")
def schema_file() -> str:
    return PipelineConfig(data="unused").schema_file


@pytest.fixture(scope="module")
def schema(schema_file):
    return tfdv.load_schema_text(schema_file)


def _anomalies(schema, columns: dict) -> set[str]:
    statistics = tfdv.generate_statistics_from_dataframe(
        pd.DataFrame(columns), tfdv.StatsOptions(schema=schema)
    )
    return set(tfdv.validate_statistics(statistics, schema).anomaly_info)


def test_bounds_are_those_of_the_code(schema):
    domains = {feature.name: feature.int_domain for feature in schema.feature}
    bounds = {key: (domains[key].min, domains[key].max) for key in features.LABEL_KEYS}
    assert bounds == {
        "age": (features.MIN_AGE, features.MAX_AGE),
        "gender": (0, len(features.GENDERS) - 1),
        "race": (0, len(features.RACES) - 1),
    }
    (bands,) = schema.string_domain
    assert tuple(bands.value) == features.AGE_BANDS


def test_every_feature_is_a_required_scalar_where_examples_are_parsed(schema):
    spec = schema_utils.schema_as_feature_spec(schema).feature_spec
    integer = tf.io.FixedLenFeature([], tf.int64)
    number = tf.io.FixedLenFeature([], tf.float32)
    text = tf.io.FixedLenFeature([], tf.string)
    assert spec == {
        **dict.fromkeys(("age", "gender", "race", "width", "height"), integer),
        **dict.fromkeys(("brightness", "contrast", "sharpness"), number),
        **dict.fromkeys(("age_band", "image", "file_name"), text),
    }


def test_statistics_without_the_image_are_no_anomaly(schema):
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
    ],
)
def test_a_value_out_of_bounds_is_an_anomaly_of_its_feature(schema, column, value):
    assert _anomalies(schema, {**GOOD, column: [GOOD[column][0], value]}) == {column}


@pytest.mark.parametrize("column", list(GOOD))
def test_a_missing_label_is_an_anomaly(schema, column):
    rest = {name: values for name, values in GOOD.items() if name != column}
    assert _anomalies(schema, rest) == {column}


def test_the_statistics_read_the_labels_alone(schema_file):
    options = make_stats_options(schema_file)
    assert {feature.name for feature in options.schema.feature} == set(features.STATISTICS_KEYS)
    assert options.experimental_filter_read_paths
