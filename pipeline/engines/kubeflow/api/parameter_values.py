"""Converts the parameters of a run from text to the values that KFP expects.

KFP refuses the text "3" for an integer. The specification of the pipeline's version gives the
type of each parameter.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from pipeline.engines.kubeflow.specs.version_spec import bare_spec

# A parameter travels as a double, which is exact for integers up to this size.
_LARGEST_INTEGER = 2**53

_INTEGER = re.compile(r"[+-]?[0-9]+")


class ParameterError(ValueError):
    """A parameter is unknown, missing or of the wrong type."""


def convert(texts: Mapping[str, str], spec: Mapping[str, Any]) -> dict[str, Any]:
    """Converts the parameters to the types in the specification.

    Args:
      texts: the parameters by name, as the user typed them.
      spec: a pipeline specification, alone or with the platform specification.

    Raises:
      ParameterError: if a parameter does not exist, a required parameter is missing, or a
        text does not have the type of its parameter.
    """
    known = _definitions(spec)
    for name in texts:
        if name not in known:
            has = ", ".join(sorted(known)) or "none"
            raise ParameterError(
                f"There is no parameter {name!r}. The parameters of the pipeline are: {has}."
            )
    missing = [
        name
        for name, definition in known.items()
        if name not in texts
        and "defaultValue" not in definition
        and not definition.get("isOptional")
    ]
    if missing:
        raise ParameterError(f"The pipeline needs a value for: {', '.join(sorted(missing))}.")
    return {name: _value(name, text, known[name]) for name, text in texts.items()}


def _definitions(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    definitions = bare_spec(spec).get("root", {}).get("inputDefinitions", {}).get("parameters", {})
    return definitions if isinstance(definitions, Mapping) else {}


def _value(name: str, text: str, definition: Mapping[str, Any]) -> Any:
    kind = definition.get("parameterType", "STRING")
    # Types that a later KFP may add are left to the server.
    parse, expected = _PARSERS.get(kind, (str, "text"))
    try:
        return parse(text)
    except (ValueError, RecursionError):
        raise ParameterError(
            f"Parameter {name!r} is {kind}: expected {expected}, found {text!r}."
        ) from None


def _integer(text: str) -> int:
    if not _INTEGER.fullmatch(text) or abs(value := int(text)) > _LARGEST_INTEGER:
        raise ValueError
    return value


def _double(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError
    return value


def _boolean(text: str) -> bool:
    value = {"true": True, "false": False}.get(text.lower())
    if value is None:
        raise ValueError
    return value


def _json_of(kind: type) -> Callable[[str], Any]:
    def parse(text: str) -> Any:
        value = json.loads(text, parse_constant=_refuse)
        if not isinstance(value, kind):
            raise ValueError
        return value

    return parse


def _refuse(constant: str) -> Any:
    """Rejects NaN and Infinity, which Python reads but JSON does not allow."""
    raise ValueError(constant)


_PARSERS: dict[str, tuple[Callable[[str], Any], str]] = {
    "STRING": (str, "text"),
    "NUMBER_INTEGER": (_integer, "a whole number, at most 2^53 from 0"),
    "NUMBER_DOUBLE": (_double, "a finite number"),
    "BOOLEAN": (_boolean, "true or false"),
    "LIST": (_json_of(list), "a list in JSON"),
    "STRUCT": (_json_of(dict), "an object in JSON"),
}
