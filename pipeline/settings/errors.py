"""Messages for mistakes in settings, which reveal no secret."""

import re
from collections.abc import Iterable
from typing import Any, get_args

import yaml
from pydantic import BaseModel, SecretStr
from pydantic_core import ErrorDetails

# Characters that no setting has in its name, with its sections.
_NOT_IN_NAMES = re.compile(r"[^\w.-]")
_SEPARATORS = re.compile(r"[^\w-]+")
# Characters of a value to quote.
_MAX_QUOTED = 200
# Type of a mistake whose message has the name of the setting and hides the value.
CREDENTIALS = "credentials"
_HIDDEN = "the value is hidden because it may contain a secret"


def explain_mistake(mistake: ErrorDetails, settings: type[BaseModel]) -> str:
    """Returns a line for a mistake that pydantic finds.

    Args:
      mistake: one of ValidationError.errors().
      settings: the validated class. The value of a field with a secret, and a value in place of
        its section, are not quoted.
    """
    key = ".".join(str(part) for part in mistake["loc"]) or "settings"
    if mistake["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        # Without the space after the colon, YAML takes `webhook:https://...` for a name.
        name, *rest = _NOT_IN_NAMES.split(key, maxsplit=1)
        return f"{name}{'...' if rest else ''}: there is no such setting"
    if mistake["type"] == "missing":
        return f"{key}: expected a value; it is not set"
    problem = mistake["msg"].removeprefix("Value error, ")
    if mistake["type"] == CREDENTIALS:
        return problem
    if _find_secret(mistake["loc"], settings):
        return f"{key}: {problem}; {_HIDDEN}"
    value = repr(mistake["input"])
    quoted = value if len(value) <= _MAX_QUOTED else f"{value[:_MAX_QUOTED]}..."
    return f"{key}: {problem}; found {quoted}"


def explain_override(override: str, problem: str, settings: type[BaseModel]) -> str:
    """Returns a line for a mistake in a `key=value` override, without the value of a secret."""
    if secret := _find_secret(_SEPARATORS.split(override), settings):
        return f"--set {secret}=...: {problem}"
    return f"--set {override}: {problem}"


def explain_yaml(error: Exception) -> str:
    """Returns the problem of a YAML document and its position, without quoting the document."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        mark = error.problem_mark
        what = ", ".join(filter(None, (error.context, error.problem)))
        return f"{what} in line {mark.line + 1}, column {mark.column + 1}"
    if isinstance(error, UnicodeDecodeError):
        # Its message quotes bytes of the document.
        return f"found a byte that is not UTF-8 at position {error.start:,}"
    return " ".join(str(error).split())


def _find_secret(location: Iterable[Any], settings: type[BaseModel]) -> str:
    """Returns the setting at a location if it is or contains a secret; otherwise empty."""
    known: list[str] = []
    kinds: list[Any] = [settings]
    for part in location:
        fields = [kind.model_fields.get(part) for kind in kinds if _is_section(kind)]
        present = [field for field in fields if field is not None]
        if not present:
            break
        known.append(part)
        kinds = [kind for field in present for kind in _types_in(field.annotation)]
        if not all(field.repr for field in present):
            return ".".join(known)
    return ".".join(known) if any(map(_holds_secret, kinds)) else ""


def _holds_secret(kind: Any) -> bool:
    if not _is_section(kind):
        return kind is SecretStr
    return any(
        _holds_secret(part)
        for field in kind.model_fields.values()
        for part in _types_in(field.annotation)
    )


def _types_in(annotation: Any) -> list[Any]:
    """Returns the types in an annotation, e.g. SecretStr and None of a union."""
    inner = get_args(annotation)
    return [kind for part in inner for kind in _types_in(part)] if inner else [annotation]


def _is_section(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
