"""Gate settings: partial settings keep the other defaults; invalid settings are rejected."""

from typing import Any

import pytest
from pydantic import ValidationError

from components.data_gate.checks.settings import GateSettings

DEFAULTS = GateSettings().model_dump()


def pairs(document: dict[str, Any], path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Returns the paths of all settings that have a `warn` and a `stop`."""
    if {"warn", "stop"} <= document.keys():
        return [path]
    inner = ((key, value) for key, value in document.items() if isinstance(value, dict))
    return [found for key, value in inner for found in pairs(value, (*path, key))]


def at(document: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    for key in path:
        document = document[key]
    return document


def nested(path: tuple[str, ...], value: dict[str, Any]) -> dict[str, Any]:
    for key in reversed(path):
        value = {key: value}
    return value


@pytest.mark.parametrize("path", pairs(DEFAULTS), ids=".".join)
@pytest.mark.parametrize("name", ["warn", "stop"])
def test_partial_settings_keep_all_other_defaults(path: tuple[str, ...], name: str) -> None:
    value = at(DEFAULTS, path)[name]
    assert GateSettings.model_validate(nested(path, {name: value})) == GateSettings()
    assert GateSettings.model_validate(nested(path, {})) == GateSettings()


def test_none_removes_a_single_stop_limit() -> None:
    settings = GateSettings.model_validate({"drift": {"age": {"stop": None}}})
    assert (settings.drift.age.warn, settings.drift.age.stop) == (0.05, None)
    assert settings.drift.race == GateSettings().drift.race


@pytest.mark.parametrize(
    "given",
    [
        {"drift": {"race": {"warn": 7}}},
        {"drift": {"race": {"warn": 0.5}}},
        {"drift": {"age": {"stop": True}}},
        {"drift": {"age": {"stop": float("nan")}}},
        {"drift": {"width": {"stop": 0.1}}},
        {"largest_share": {"stop": 3}},
        {"train_cells": {"warn": -1}},
        {"unknown": {}},
    ],
    ids=str,
)
def test_invalid_settings_are_rejected(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        GateSettings.model_validate(given)


def test_settings_round_trip_through_json() -> None:
    settings = GateSettings.model_validate({"drift": {"age": {"stop": None}}})
    assert GateSettings.model_validate_json(settings.model_dump_json()) == settings
