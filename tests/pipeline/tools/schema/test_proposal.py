"""What is proposed for which statistics, and in which words."""

import copy
import json
from collections.abc import Callable

import pandas as pd
import pytest
import tensorflow_data_validation as tfdv
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from pipeline.settings.config import PipelineConfig
from pipeline.tools.schema.descriptions import describe_new_values
from pipeline.tools.schema.files import load_schema
from pipeline.tools.schema.proposal import Proposal, canonical_text, infer, propose

GOOD = {
    "age": [1, 30] * 5,
    "gender": [0, 1] * 5,
    "race": [4, 0] * 5,
    "age_band": ["0-2", "30-39"] * 5,
    "width": [200, 180] * 5,
    "height": [200, 180] * 5,
    "brightness": [120.5, 80.0] * 5,
    "contrast": [50.5, 30.0] * 5,
    "sharpness": [300.5, 10.0] * 5,
    "colour": [18.5, 20.0] * 5,
}
NAMES = ("curated", "proposed")


@pytest.fixture
def schema() -> schema_pb2.Schema:
    return load_schema(PipelineConfig(data="unused").schema_file)


def describe(
    schema: schema_pb2.Schema, **columns: list | None
) -> statistics_pb2.DatasetFeatureStatisticsList:
    """Describes ten good examples, in which columns begin otherwise, are new, or left out."""
    table = {
        name: [*columns.get(name, []), *values[len(columns.get(name, [])) :]]
        for name, values in GOOD.items()
        if columns.get(name, []) is not None
    }
    table.update({name: values for name, values in columns.items() if name not in GOOD})
    return tfdv.generate_statistics_from_dataframe(
        pd.DataFrame(table), tfdv.StatsOptions(schema=schema)
    )


def proposed_for(schema: schema_pb2.Schema, **columns: list | None) -> Proposal:
    return propose(schema, {"train": describe(schema, **columns)}, names=NAMES)


def words(proposal: Proposal) -> list[str]:
    return [change.words for change in proposal.changes]


def set_feature(
    schema: schema_pb2.Schema, name: str, setting: Callable[[schema_pb2.Feature], object]
) -> schema_pb2.Schema:
    changed = copy.deepcopy(schema)
    setting(next(feature for feature in changed.feature if feature.name == name))
    return changed


def make_categorical(schema: schema_pb2.Schema, name: str) -> schema_pb2.Schema:
    def setting(feature: schema_pb2.Feature) -> None:
        feature.int_domain.is_categorical = True

    return set_feature(schema, name, setting)


def test_a_schema_that_fits_gets_no_proposal(schema):
    before = schema.SerializeToString(deterministic=True)
    assert proposed_for(schema) == Proposal(changes=(), diff="")
    assert schema.SerializeToString(deterministic=True) == before


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"age": [120]}, ["age: maximum value 116 -> 120"]),
        ({"age": [-1, 120]}, ["age: minimum value 0 -> -1", "age: maximum value 116 -> 120"]),
        ({"width": [15]}, ["width: minimum value 16 -> 15"]),
        ({"age_band": ["80+"]}, ["age_band: value 80+ is new"]),
        ({"age_band": ["80+", "90+"]}, ["age_band: values 80+, 90+ are new"]),
        ({"brightness": [255.1]}, ["brightness: maximum value 255 -> 255.1"]),
        ({"contrast": [float("inf")]}, ["contrast: maximum value 127.5 -> inf"]),
        ({"zone": ["a", "b"] * 5}, ["a new feature: zone, BYTES"]),
        (
            {"race": None},
            [
                "race: it would be retired and no longer checked: "
                "no example of the train split has it"
            ],
        ),
        (
            {"age": [1.5]},
            [
                "age: it would be retired and no longer checked: "
                "its type is INT in the schema, and FLOAT in the train split"
            ],
        ),
        (
            {"age_band": [None]},
            [
                "age_band: minimum share of the examples that have it 1 -> 0.9",
                "age_band: its shape is removed: not every example has that many values",
            ],
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
def test_a_change_is_told_in_words(schema, columns, expected):
    proposal = proposed_for(schema, **columns)
    assert words(proposal) == expected
    assert proposal.diff.startswith("--- curated\n+++ proposed\n@@ ")


def test_a_change_has_its_values(schema):
    (change,) = proposed_for(schema, age=[120]).changes
    assert (change.feature, change.field) == ("age", "int_domain.max")
    assert (change.before, change.after) == (116, 120)


def test_the_diff_holds_what_changes(schema):
    diff = proposed_for(schema, age=[120]).diff.splitlines()[2:]
    assert [line for line in diff if line[0] in "+-"] == ["-    max: 116", "+    max: 120"]


def test_the_values_of_a_categorical_integer_are_named(schema):
    schema = make_categorical(schema, "race")
    assert proposed_for(schema).changes == ()
    assert words(proposed_for(schema, race=[7])) == ["race: value 7 is new (maximum value 4 -> 7)"]
    assert words(proposed_for(schema, race=[9, -2, 7])) == [
        "race: value -2 is new (minimum value 0 -> -2)",
        "race: values 7, 9 are new (maximum value 4 -> 9)",
    ]


def test_of_many_new_values_ten_are_named_and_the_rest_counted():
    told = describe_new_values([f"v{number}" for number in range(13)])
    assert told == "values v0, v1, v2, v3, v4, v5, v6, v7, v8, v9 and 3 more are new"


@pytest.mark.parametrize("name", ["image", "file_name"])
def test_what_statistics_leave_out_stays_as_it_is(schema, name):
    def require(feature):
        feature.presence.min_fraction = 1.0

    assert proposed_for(set_feature(schema, name, require)).changes == ()


def test_what_statistics_leave_out_is_looked_at_where_they_do_not(schema):
    def require(feature):
        feature.presence.min_fraction = 1.0

    schema = set_feature(schema, "file_name", require)
    (change,) = proposed_for(schema, file_name=["a.jpg"] * 8 + [None] * 2).changes
    assert (change.feature, change.field) == ("file_name", "presence.min_fraction")
    assert (change.before, change.after) == (1.0, 0.8)


def test_every_split_counts(schema):
    statistics = {
        "train": describe(schema, age=[118]),
        "eval": describe(schema, age=[120], race=None),
        "test": describe(schema, age=[117], brightness=[260.0]),
    }
    assert words(propose(schema, statistics, names=NAMES)) == [
        "age: maximum value 116 -> 120",
        "brightness: maximum value 255 -> 260",
        "race: it would be retired and no longer checked: no example of the eval split has it",
    ]


def test_of_several_slices_the_one_of_all_examples_counts(schema):
    statistics = statistics_pb2.DatasetFeatureStatisticsList()
    for name, columns in (("race_0", {"age": [120]}), ("All Examples", {}), ("race_4", {})):
        statistics.datasets.add().CopyFrom(describe(schema, **columns).datasets[0])
        statistics.datasets[-1].name = name
    assert propose(schema, {"train": statistics}, names=NAMES).changes == ()
    statistics.datasets[0].name, statistics.datasets[1].name = "All Examples", "race_0"
    told = words(propose(schema, {"train": statistics}, names=NAMES))
    assert told == ["age: maximum value 116 -> 120"]


def test_limits_of_the_number_of_examples_are_proposed_too(schema):
    schema.dataset_constraints.min_examples_count = 100
    assert words(proposed_for(schema)) == [
        "the schema: minimum number of examples in a split 100 -> 10"
    ]
    schema.dataset_constraints.min_examples_count = 1
    schema.dataset_constraints.max_examples_count = 5
    (change,) = proposed_for(schema).changes
    assert change.feature is None
    assert change.words == "the schema: maximum number of examples in a split 5 -> 10"


def test_what_is_proposed_has_no_anomaly(schema):
    statistics = describe(schema, age=[120], age_band=["80+"], zone=["a"] * 10, sharpness=[-1.0])
    assert tfdv.validate_statistics(statistics, schema).anomaly_info
    widened = tfdv.update_schema(schema, statistics)
    assert not tfdv.validate_statistics(statistics, widened).anomaly_info
    assert propose(widened, {"train": statistics}, names=NAMES).changes == ()


def test_json_has_the_changes_and_the_diff(schema):
    proposal = proposed_for(schema, contrast=[float("inf")], zone=["a"] * 10)
    told = json.loads(proposal.to_json())
    assert told["diff"] == proposal.diff
    contrast, zone = told["changes"]
    assert contrast == {
        "feature": "contrast",
        "field": "float_domain.max",
        "before": 127.5,
        "after": "inf",
        "words": "contrast: maximum value 127.5 -> inf",
    }
    assert zone["field"] == "feature" and zone["before"] is None
    assert zone["after"]["presence"] == {"min_fraction": 1.0, "min_count": 1}


def test_an_inferred_schema_fits_what_it_was_inferred_from(schema):
    statistics = {"train": describe(schema)}
    inferred = infer(statistics)
    assert {feature.name for feature in inferred.feature} == set(GOOD)
    assert propose(inferred, statistics, names=NAMES).changes == ()
    assert not tfdv.validate_statistics(statistics["train"], inferred).anomaly_info


def test_a_categorical_integer_is_inferred_with_bounds(schema):
    statistics = {"train": describe(make_categorical(schema, "race"), race=[2, 3, 0])}
    inferred = infer(statistics)
    (race,) = (feature for feature in inferred.feature if feature.name == "race")
    bounds = race.int_domain
    assert (bounds.min, bounds.max, bounds.is_categorical) == (0, 4, True)
    assert "race" not in {domain.name for domain in inferred.string_domain}
    assert not tfdv.validate_statistics(statistics["train"], inferred).anomaly_info


def test_the_canonical_text_is_sorted_and_is_the_same_schema(schema):
    text = canonical_text(schema)
    names = [line for line in text.splitlines() if line.startswith("  name: ")]
    assert names[:12] == sorted(f'  name: "{name}"' for name in (*GOOD, "file_name", "image"))
    again = text_format.Parse(text, schema_pb2.Schema())
    assert canonical_text(again) == text
    by_name = {feature.name: feature for feature in schema.feature}
    assert {feature.name: feature for feature in again.feature} == by_name
