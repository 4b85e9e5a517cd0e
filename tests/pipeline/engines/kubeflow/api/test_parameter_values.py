"""Conversion of parameter text to values that the server accepts."""

import contextlib
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engines.kubeflow.api.parameter_values import ParameterError, convert

KINDS = {
    "NUMBER_INTEGER": int,
    "NUMBER_DOUBLE": float,
    "STRING": str,
    "BOOLEAN": bool,
    "LIST": list,
    "STRUCT": dict,
}


def spec(**parameters: Any) -> dict[str, Any]:
    return {"root": {"inputDefinitions": {"parameters": parameters}}}


def one(kind: str, text: str) -> Any:
    return convert({"x": text}, spec(x={"parameterType": kind}))["x"]


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("NUMBER_INTEGER", "3", 3),
        ("NUMBER_INTEGER", "-03", -3),
        ("NUMBER_INTEGER", "+9007199254740992", 2**53),
        ("NUMBER_DOUBLE", "3", 3.0),
        ("NUMBER_DOUBLE", "-1e-5", -1e-5),
        ("STRING", "3", "3"),
        ("STRING", "", ""),
        ("STRING", " a=b ", " a=b "),
        ("BOOLEAN", "true", True),
        ("BOOLEAN", "False", False),
        ("LIST", "[1, [true, null]]", [1, [True, None]]),
        ("STRUCT", '{"a": {"b": 1.5}}', {"a": {"b": 1.5}}),
        ("SOME_LATER_TYPE", "x", "x"),
    ],
)
def test_text_is_converted_to_the_parameter_type(kind: str, text: str, value: Any) -> None:
    found = one(kind, text)
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("NUMBER_INTEGER", "1.0", "a whole number, at most 2^53 from 0"),
        ("NUMBER_INTEGER", "1_000", "a whole number, at most 2^53 from 0"),
        ("NUMBER_INTEGER", "٣", "a whole number, at most 2^53 from 0"),
        ("NUMBER_INTEGER", "9007199254740993", "a whole number, at most 2^53 from 0"),
        ("NUMBER_INTEGER", "9" * 5000, "a whole number, at most 2^53 from 0"),
        ("NUMBER_DOUBLE", "nan", "a finite number"),
        ("NUMBER_DOUBLE", "1e999", "a finite number"),
        ("NUMBER_DOUBLE", "", "a finite number"),
        ("BOOLEAN", "1", "true or false"),
        ("BOOLEAN", "yes", "true or false"),
        ("LIST", "{}", "a list in JSON"),
        ("LIST", "[NaN]", "a list in JSON"),
        ("LIST", "[" * 100_000, "a list in JSON"),
        ("STRUCT", "[]", "an object in JSON"),
        ("STRUCT", "{'a': 1}", "an object in JSON"),
    ],
    ids=range(15),
)
def test_text_that_cannot_be_converted_is_reported(kind: str, text: str, expected: str) -> None:
    with pytest.raises(ParameterError) as caught:
        one(kind, text)
    assert str(caught.value) == (f"Parameter 'x' is {kind}: expected {expected}, found {text!r}.")


@given(st.sampled_from(sorted(KINDS)), st.text())
def test_any_text_gives_a_json_value_of_the_type_or_an_error(kind, text) -> None:
    with contextlib.suppress(ParameterError):
        value = one(kind, text)
        assert type(value) is KINDS[kind]
        assert json.loads(json.dumps(value, allow_nan=False)) == value


@given(st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_survive_a_round_trip(whole: int, real: float) -> None:
    assert one("NUMBER_INTEGER", str(whole)) == whole
    assert math.isclose(one("NUMBER_DOUBLE", repr(real)), real, rel_tol=0)


def test_a_platform_spec_next_to_the_pipeline_spec_is_ignored() -> None:
    both = {"pipeline_spec": spec(n={"parameterType": "NUMBER_INTEGER"}), "platform_spec": {}}
    assert convert({"n": "4"}, both) == {"n": 4}


@pytest.mark.parametrize("bare", [{}, {"root": {}}, {"root": {"inputDefinitions": {}}}])
def test_a_pipeline_without_parameters_accepts_none(bare: dict[str, Any]) -> None:
    assert convert({}, bare) == {}
    with pytest.raises(ParameterError, match=r"no parameter 'x'.* are: none\."):
        convert({"x": "1"}, bare)


def test_missing_required_parameters_are_named() -> None:
    parameters = spec(
        b={"parameterType": "STRING"},
        a={"parameterType": "STRING"},
        given={"parameterType": "STRING"},
        null={"parameterType": "STRING", "defaultValue": None},
        free={"parameterType": "STRING", "isOptional": True},
    )
    with pytest.raises(ParameterError) as caught:
        convert({"given": ""}, parameters)
    assert str(caught.value) == "The pipeline needs a value for: a, b."
