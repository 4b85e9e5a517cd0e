"""Reads the fields of the settings models, with the descriptions in their docstrings."""

import copy
import dataclasses
import functools
import inspect
import re
from typing import Any, get_args, get_type_hints

from pydantic import BaseModel
from pydantic.fields import FieldInfo

# A mapping of at most this many plain values is written in one line.
_SHORT = 3

Fields = dict[str, FieldInfo]


def is_model(kind: Any) -> bool:
    """Whether a type is a settings model, neither optional nor in a collection."""
    is_class = isinstance(kind, type)
    return is_class and (issubclass(kind, BaseModel) or dataclasses.is_dataclass(kind))


def models_in(annotation: Any) -> list[type]:
    """Returns the settings models in a type."""
    inner = get_args(annotation)
    if inner:
        return [model for part in inner for model in models_in(part)]
    return [annotation] if is_model(annotation) else []


@functools.cache
def read_fields(model: type) -> Fields:
    """Returns the fields of a model by name, each with its description.

    Raises:
      ValueError: if a field has no description.
    """
    words = _descriptions(model)
    fields = {}
    for name, field in _pydantic_fields(model).items():
        fields[name] = copy.copy(field)
        fields[name].description = field.description or _find_description(words, name)
        if field.default_factory:
            fields[name].default = field.get_default(call_default_factory=True)
    if missing := [name for name, field in fields.items() if not field.description]:
        raise ValueError(f"{model.__name__}: expected a description of {', '.join(missing)}")
    return fields


def _pydantic_fields(model: Any) -> Fields:
    if issubclass(model, BaseModel):
        return model.model_fields
    hints = get_type_hints(model, include_extras=True)
    return {
        field.name: FieldInfo.from_annotated_attribute(hints[field.name], field)
        for field in dataclasses.fields(model)
    }


def is_short(model: type) -> bool:
    """Whether a model has only a few plain values."""
    fields = read_fields(model)
    return len(fields) <= _SHORT and not any(models_in(one.annotation) for one in fields.values())


def split_docstring(text: str | None) -> tuple[str, str]:
    """Returns a docstring up to "Attributes:", and its entries; these are empty without any."""
    intro, _, attributes = inspect.cleandoc(text or "").partition("\nAttributes:\n")
    return intro.strip(), attributes.rstrip()


def _descriptions(model: type) -> dict[str, str]:
    """Returns the entries under "Attributes:" in the docstrings of a model and its bases."""
    found: dict[str, str] = {}
    for kind in reversed(model.__mro__):
        for entry in re.split(r"\n(?=  \S)", split_docstring(kind.__doc__)[1]):
            names, colon, words = entry.partition(": ")
            if colon:
                found |= dict.fromkeys(names.strip().split(", "), " ".join(words.split()))
    return found


def _find_description(words: dict[str, str], name: str) -> str:
    """Returns the description of a field; `<task>_loss` describes the field of each task."""
    matches = (key for key in words if re.fullmatch(key.replace("<task>", ".*"), name))
    return words.get(name) or words.get(next(matches, ""), "")
