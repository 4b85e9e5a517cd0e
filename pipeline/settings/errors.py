"""Mistakes in settings, in words that show no secret."""

import re
from collections.abc import Iterable
from typing import Any, get_args

import yaml
from pydantic import BaseModel, SecretStr
from pydantic_core import ErrorDetails

# What no setting has in its name, with the sections around it.
_NO_NAME = re.compile(r"[^\w.-]")
_BETWEEN_PARTS = re.compile(r"[^\w-]+")
# Of a value that is quoted.
_LONGEST = 200
_HIDDEN = "what is set is not shown, since it may hold a secret"


def explain_mistake(mistake: ErrorDetails, settings: type[BaseModel]) -> str:
    """Returns a line for a mistake that pydantic finds.

    Args:
      mistake: one of ValidationError.errors().
      settings: what was validated. Where one of its fields holds a secret, neither the value of
        that field nor a value in place of the section around it is quoted.
    """
    key = ".".join(str(part) for part in mistake["loc"]) or "settings"
    if mistake["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        # Without the space after the colon, YAML takes `webhook:https://...` for a name.
        name, *rest = _NO_NAME.split(key, maxsplit=1)
        return f"{name}{'...' if rest else ''}: there is no such setting"
    if mistake["type"] == "missing":
        return f"{key}: expected a value; it is not set"
    problem = mistake["msg"].removeprefix("Value error, ")
    if _path_of_secret(mistake["loc"], settings):
        return f"{key}: {problem}; {_HIDDEN}"
    return f"{key}: {problem}; found {_shortened(mistake['input'])}"


def _shortened(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def explain_override(override: str, problem: str, settings: type[BaseModel]) -> str:
    """Returns a line for a mistake in a `key=value` override, without the value of a secret."""
    if secret := _path_of_secret(_BETWEEN_PARTS.split(override), settings):
        return f"--set {secret}=...: {problem}"
    return f"--set {override}: {problem}"


def explain_yaml(error: Exception) -> str:
    """Returns what is wrong with a YAML document, and where, without a line of the document."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        mark = error.problem_mark
        what = ", ".join(filter(None, (error.context, error.problem)))
        return f"{what} in line {mark.line + 1}, column {mark.column + 1}"
    if isinstance(error, UnicodeDecodeError):
        # Its own words quote the document's bytes.
        return f"found a byte that is not UTF-8 at position {error.start:,}"
    return " ".join(str(error).split())


def _path_of_secret(location: Iterable[Any], settings: type[BaseModel]) -> str:
    """Returns the setting that a location leads to or into, if it is or holds a secret; else ""."""
    known: list[str] = []
    kinds: list[Any] = [settings]
    for part in location:
        fields = [kind.model_fields.get(part) for kind in kinds if _is_section(kind)]
        found = [field for field in fields if field is not None]
        if not found:
            break
        known.append(part)
        kinds = [kind for field in found for kind in _parts_of(field.annotation)]
    return ".".join(known) if any(map(_holds_secret, kinds)) else ""


def _holds_secret(kind: Any) -> bool:
    if not _is_section(kind):
        return kind is SecretStr
    annotations = [field.annotation for field in kind.model_fields.values()]
    return any(_holds_secret(part) for one in annotations for part in _parts_of(one))


def _parts_of(annotation: Any) -> list[Any]:
    """Returns the types that an annotation is made of, such as SecretStr and None of a union."""
    inner = get_args(annotation)
    return [part for one in inner for part in _parts_of(one)] if inner else [annotation]


def _is_section(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
