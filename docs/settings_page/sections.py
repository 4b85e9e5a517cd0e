"""The sections of the page: the settings of a model, and a section for each model below it."""

import copy
import inspect
from collections.abc import Iterator
from typing import Any, get_args, get_origin

from pydantic.fields import FieldInfo
from settings_page.facts import describe_facts, is_union
from settings_page.markdown import flow, join, link, table, wrap
from settings_page.models import Fields, is_model, is_short, models_in, read_fields, split_docstring


def write_section(model: type, key: str, level: int, defaults: Any = None) -> Iterator[str]:
    """Yields the blocks of a section: heading, introduction, settings, and sections below it.

    Args:
      model: the model of the section.
      key: the dotted key of the section.
      level: the level of its heading.
      defaults: an instance that overrides the defaults of the model.
    """
    yield f"{'#' * level} `{key}`"
    intro, attributes = split_docstring(inspect.getdoc(model))
    yield "\n\n".join(wrap(link(" ".join(part.split()))) for part in intro.split("\n\n"))
    fields = read_fields(model)
    if defaults is not None:
        fields = {name: _with_default(one, getattr(defaults, name)) for name, one in fields.items()}
    if _is_table(fields):
        yield _table(fields)
    elif attributes:
        yield from _list(fields, key, level)
    else:
        rows = [
            [f"`{name}`", one.description or "", flow(one.default)] for name, one in fields.items()
        ]
        yield table(["setting", "of", "default"], rows, numbers=1)


def item(name: str, field: FieldInfo, *, with_default: bool = True) -> str:
    """Returns the entry of a setting in a list."""
    text = field.description or ""
    words = link(text[0].upper() + text[1:].removesuffix("."))
    return wrap(
        f"- **`{name}`** ({describe_facts(field, with_default=with_default)}): {words}.", rest="  "
    )


def _with_default(field: FieldInfo, default: Any) -> FieldInfo:
    field = copy.copy(field)
    field.default = default
    return field


def _list(fields: Fields, key: str, level: int) -> Iterator[str]:
    below: list[tuple[type, str, int, Any]] = []
    short: dict[Any, tuple[type, list[str]]] = {}  # by what tells them apart to a reader
    items = []
    for name, field in fields.items():
        path, is_section = f"{key}.{name}", is_model(field.annotation)
        is_long = is_section and not is_short(field.annotation)
        if not is_long:
            items.append(item(name, field))
        for model in models_in(field.annotation):
            if is_section and not is_long:
                words = tuple((key, one.description) for key, one in read_fields(model).items())
                short.setdefault(words, (model, []))[1].append(f"`{path}`")
            else:
                default = field.default if is_section else None
                below.append((model, _place(field.annotation, path), level + 1, default))
    if items:
        yield "\n".join(items)
    for model, names in short.values():
        has = "have" if len(names) > 1 else "has"
        yield wrap(f"{join(names, 'and')} {has}:") + f"\n\n{_meaning(model)}"
    for section in below:
        yield from write_section(*section)


def _place(annotation: Any, path: str) -> str:
    """Returns the key of a model: with a placeholder if it is in a mapping or a list."""
    parts = get_args(annotation) if is_union(annotation) else (annotation,)
    origins = [get_origin(part) for part in parts]
    if tuple in origins:
        return f"{path}[]"
    if is_union(annotation) or origins == [None]:
        return path
    return f"{path}.{path.rpartition('.')[2].removesuffix('s').upper()}"


def _meaning(model: type) -> str:
    return "\n".join(
        item(name, one, with_default=False) for name, one in read_fields(model).items()
    )


def _is_table(fields: Fields) -> bool:
    """Whether all values are short models with the same fields."""
    kinds: list[Any] = [one.annotation for one in fields.values()]
    if not all(is_model(kind) and is_short(kind) for kind in kinds):
        return False
    return len({tuple(read_fields(kind)) for kind in kinds}) == 1


def _table(fields: Fields) -> str:
    model: Any = next(iter(fields.values())).annotation
    names = list(read_fields(model))
    rows = [
        [f"`{name}`", one.description or "", *(flow(getattr(one.default, key)) for key in names)]
        for name, one in fields.items()
    ]
    header = ["setting", "of", *(f"`{name}`" for name in names)]
    return f"{_meaning(model)}\n\n{table(header, rows, numbers=len(names))}"
