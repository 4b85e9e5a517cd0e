"""All settings with their defaults, as YAML with comments."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from settings_page.markdown import flow, join, wrap
from settings_page.models import is_model, is_short, read_fields

# A browser shows lines of this width without a scroll bar.
_WIDTH = 104
# Longer lists have one line per value.
_LIST_WIDTH = 90
_COMMENT_COLUMN = 34


def write_yaml(model: type[BaseModel], **examples: Any) -> str:
    """Returns the settings of a model, with examples of those that have no default."""
    defaults = model.model_construct(**dict.fromkeys(examples, ())).model_dump(mode="json")
    return "\n".join(_lines(model, defaults | examples, ""))


def _lines(model: type, values: Mapping[str, Any], indent: str) -> Iterator[str]:
    for name, field in read_fields(model).items():
        if name not in values:
            continue
        key, value, kind = f"{indent}{name}:", values[name], field.annotation
        line = f"{key} {flow(value)}"
        if is_model(kind) and not (indent and is_short(kind)):
            yield from _commented(key, field, indent)
            yield from _lines(kind, value, f"{indent}  ")
        elif len(line) > _LIST_WIDTH:
            yield from _commented(key, field, indent)
            yield from (f"{indent}  - {flow(one)}" for one in value)
        else:
            yield from _commented(line, field, indent)


def _commented(line: str, field: FieldInfo, indent: str) -> Iterator[str]:
    comment = (field.description or "").partition(". ")[0].removesuffix(".")
    if choices := _choices(field.annotation):
        comment += f": {join([str(one) for one in choices])}"
    column = max(len(line) + 2, _COMMENT_COLUMN)
    if column + 2 + len(comment) <= _WIDTH:
        yield f"{line:<{column}}# {comment}"
    else:
        yield wrap(comment, first=f"{indent}# ", rest=f"{indent}# ", width=_WIDTH)
        yield line


def _choices(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) is tuple:
        return _choices(get_args(annotation)[0])
    return get_args(annotation) if get_origin(annotation) is Literal else ()
