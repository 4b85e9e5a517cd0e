"""Label settings: which are rejected, with which message, before any data is read."""

from typing import Any

import pytest

from components.errors import InputError
from components.ingest.labels.settings import FileColumn, LabelSettings, TaskColumn
from components.ingest.settings import IngestSettings
from pipeline.settings.config import ConfigError, load_config


def test_labels_come_from_names_by_default() -> None:
    assert IngestSettings().labels == LabelSettings()
    assert LabelSettings().manifest is None


def test_labels_are_ranged_only_in_a_manifest_that_keeps_ranges() -> None:
    kept = {"age": TaskColumn(ranges="keep"), "race": TaskColumn(ranges="keep")}
    assert LabelSettings(manifest="labels.csv", tasks=kept).ranged == ("age",)
    assert LabelSettings(tasks=kept).ranged == ()
    assert LabelSettings(manifest="labels.csv").ranged == ()


def test_settings_round_trip_through_json() -> None:
    labels = {"manifest": "a.csv", "tasks": {"gender": {"values": {1: "male", -1: "female"}}}}
    made = IngestSettings(labels=labels)
    again = IngestSettings(**made.model_dump(mode="json"))
    column = again.labels.tasks["gender"]
    assert {str(cell): value for cell, value in column.values.items()} == {
        "1": "male",
        "-1": "female",
    }


@pytest.mark.parametrize("pattern", ["", "x", "{}{}", "{0}"])
def test_a_pattern_has_exactly_one_placeholder(pattern: str) -> None:
    with pytest.raises(InputError, match=r"expected a pattern with one \{\}; found "):
        FileColumn(pattern=pattern)


@pytest.mark.parametrize(
    ("task", "values", "told"),
    [
        (
            "gender",
            {"m": "men"},
            "expected 'm' to stand for one class of gender, male, female, 0 or",
        ),
        (
            "gender",
            {"m": 2},
            "expected 'm' to stand for one class of gender, male, female, 0 or 1;",
        ),
        (
            "gender",
            {"m": 0, "M": 1},
            "expected 'M' to stand for one class of gender, male, female,",
        ),
        (
            "age",
            {"baby": 1},
            "expected 'baby' to stand for one class of age, which has none; found",
        ),
    ],
)
def test_a_value_must_stand_for_exactly_one_class(
    task: str, values: dict[Any, Any], told: str
) -> None:
    with pytest.raises(InputError) as caught:
        LabelSettings("a.csv", tasks={task: TaskColumn(values=values)})
    assert str(caught.value).startswith(told)


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("tasks={ages: {}}", "labels: expected the task age, gender or race; found 'ages'"),
        (
            "tasks={gender: {values: {m: men}}}",
            "labels: expected 'm' to stand for one class of gen",
        ),
        ("file={pattern: x}", "labels.file: expected a pattern with one {}; found 'x'"),
        ("tasks={age: {range: keep}}", "labels.tasks.age.range: there is no such setting"),
        ("tasks={age: {ranges: middle}}", "labels.tasks.age.ranges: "),
    ],
)
def test_invalid_label_settings_are_reported_with_their_path(override: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(data="faces", overrides=[f"ingest.labels.{override}"])
    assert str(caught.value).startswith(f"ingest.{told}")
