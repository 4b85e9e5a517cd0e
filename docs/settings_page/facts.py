"""The type, range and default of a setting, in words."""

import types
from collections.abc import Iterator, Mapping
from typing import Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo
from settings_page.markdown import flow, join
from settings_page.models import is_model

_NAMES = {int: "integer", float: "number", bool: "boolean"}


def describe_facts(field: FieldInfo, *, with_default: bool = True) -> str:
    facts = [_kind(field.annotation), *_bounds(field)]
    if field.is_required():
        facts.append("required")
    elif with_default:
        facts.append(f"default `{flow(field.default)}`")
    return ", ".join(facts)


def is_union(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, types.UnionType)


def _kind(annotation: Any) -> str:
    origin, inner = get_origin(annotation), get_args(annotation)
    if hasattr(annotation, "__metadata__"):
        return _kind(annotation.__origin__)
    if is_union(annotation):
        kinds = [_kind(one) for one in inner if one is not types.NoneType]
        return join([*kinds, "`null`"] if types.NoneType in inner else kinds)
    if origin is Literal:
        return join([f"`{one}`" if one else "empty" for one in inner])
    if origin is tuple:
        plural = "" if get_origin(inner[0]) is Literal else "s"
        return f"list of {_kind(inner[0])}{plural}"
    if is_model(annotation) or (origin is not None and issubclass(origin, Mapping)):
        return "mapping"
    return _NAMES.get(annotation, "string")


def _bounds(field: FieldInfo) -> Iterator[str]:
    limits = {
        key: getattr(bound, key)
        for bound in field.metadata
        for key in ("ge", "gt", "le", "lt")
        if hasattr(bound, key)
    }
    if {"ge", "le"} <= limits.keys():
        yield f"{limits['ge']:,} to {limits['le']:,}"
        return
    words = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
    yield from (f"{word} {limits[key]:,}" for key, word in words.items() if key in limits)
