"""Writes docs/settings.md from the settings models: `make docs`."""

import dataclasses
import inspect
import re
import textwrap
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import annotated_types
import yaml
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from pipeline.settings.config import PipelineConfig

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "settings.md"
_EXAMPLE_DATA = "crop_part1.tar.gz"
_WIDTH = 120
# Of the YAML: what a browser shows without a scroll bar.
_CODE_WIDTH = 104
# A mapping of at most so many plain values is written in one line.
_SHORT = 3
_HEADER = """\
<!-- Written by docs/write_settings.py. Edit the docstrings of the models, then run `make docs`. -->
# Settings

Every setting except `data` has a default. Put your own values into a YAML file and name it with
`--config`. Override single values with `--set`, which wins over the file:

```sh
utkface run --data faces --config settings.yaml --set trainer.epochs=3 --set gate.drift.age.warn=0.1
```

A file needs only the values that it changes. Under `gate` and `fairness` this holds at every level:
setting `gate.drift.age.warn` keeps the default of `gate.drift.age.stop`. Paths are relative to the
working directory.

All settings are checked before anything runs. An unknown name, a wrong type or a value out of range
ends the command with exit code 2 and one line per mistake. `ROOT/runs/RUN/config.yaml` keeps the
settings of each run. TFX's own command, `tfx`, has no `--config`: it reads the file that the
environment variable `UTKFACE_CONFIG` names.

## All settings with their defaults

Paths in `schema/` are relative to the project. `data` is an example.

"""
# Files that a docstring may name.
_LINKED = re.compile(r"\b(docs|schema)/([\w-]+\.md)")


@dataclasses.dataclass(frozen=True)
class Setting:
    """A field of a settings model.

    Attributes:
      name: of the field.
      annotation: its type, without bounds.
      bounds: annotated_types metadata.
      default: PydanticUndefined if the setting is required.
      words: its description.
    """

    name: str
    annotation: Any
    bounds: tuple[Any, ...]
    default: Any
    words: str

    @property
    def models(self) -> list[type]:
        """The settings models in its type."""
        return [kind for kind in _parts(self.annotation) if _is_model(kind)]

    @property
    def is_section(self) -> bool:
        """Whether its value is a settings model, neither optional nor in a collection."""
        return _is_model(self.annotation)


def _is_model(kind: Any) -> bool:
    is_class = isinstance(kind, type)
    return is_class and (issubclass(kind, BaseModel) or dataclasses.is_dataclass(kind))


def _parts(annotation: Any) -> list[Any]:
    inner = get_args(annotation)
    return [part for one in inner for part in _parts(one)] if inner else [annotation]


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, types.UnionType)


def read_settings(model: type) -> list[Setting]:
    """Returns the fields of a model, each with its description.

    Raises:
      ValueError: if a field has no description.
    """
    words = _descriptions(model)
    found = []
    if issubclass(model, BaseModel):
        for name, field in model.model_fields.items():
            said = field.description or _lookup(words, name)
            found.append((name, field.annotation, tuple(field.metadata), field.default, said))
    else:
        hints = get_type_hints(model, include_extras=True)
        for field in dataclasses.fields(model):
            kind, bounds = hints[field.name], ()
            if hasattr(kind, "__metadata__"):
                kind, bounds = kind.__origin__, kind.__metadata__
            default = field.default
            if field.default_factory is not dataclasses.MISSING:
                default = field.default_factory()
            found.append((field.name, kind, bounds, default, _lookup(words, field.name)))
    missing = [name for name, *_, said in found if not said]
    if missing:
        raise ValueError(f"{model.__name__}: expected a description of {', '.join(missing)}")
    return [Setting(*one) for one in found]


def _descriptions(model: type) -> dict[str, str]:
    """Returns what the docstrings of a model and its bases say under "Attributes:"."""
    found: dict[str, str] = {}
    for kind in reversed(model.__mro__):
        _, _, attributes = inspect.cleandoc(kind.__doc__ or "").partition("\nAttributes:\n")
        for entry in re.split(r"\n(?=  \S)", attributes.rstrip()):
            names, colon, words = entry.partition(": ")
            if colon:
                found |= dict.fromkeys(names.strip().split(", "), " ".join(words.split()))
    return found


def _lookup(words: Mapping[str, str], name: str) -> str:
    """Returns the description of a field; `<task>_loss` describes the field of each task."""
    if name in words:
        return words[name]
    for pattern, said in words.items():
        before, placeholder, after = pattern.partition("<task>")
        if placeholder and name.startswith(before) and name.endswith(after):
            return said
    return ""


def _intro(model: type) -> str:
    """Returns what the docstring of a model says before "Attributes:"."""
    text = (inspect.getdoc(model) or "").partition("\nAttributes:\n")[0]
    paragraphs = text.strip().split("\n\n")
    return "\n\n".join(_wrap(_linked(" ".join(part.split()))) for part in paragraphs)


def _wrap(text: str, first: str = "", rest: str = "", width: int = _WIDTH) -> str:
    return textwrap.fill(
        text,
        width,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


# The YAML block.


def write_yaml() -> str:
    """Returns all settings with their defaults, as YAML with comments."""
    values = PipelineConfig.model_construct(data=()).model_dump(mode="json")
    shown = {**_shown(values), "data": _EXAMPLE_DATA}
    return "\n".join(_yaml_lines(PipelineConfig, shown, ""))


def _shown(value: Any) -> Any:
    """Returns a default as the page shows it: paths of the project are relative."""
    if isinstance(value, Mapping):
        return {key: _shown(one) for key, one in value.items()}
    return value.removeprefix(f"{ROOT}/") if isinstance(value, str) else value


def _yaml_lines(model: type, values: Mapping[str, Any], indent: str) -> Iterator[str]:
    for setting in read_settings(model):
        if setting.name not in values:
            continue
        value = values[setting.name]
        if setting.is_section and not (indent and _is_short(setting.annotation)):
            yield from _commented(f"{indent}{setting.name}:", _comment(setting), indent)
            yield from _yaml_lines(setting.annotation, value, f"{indent}  ")
            continue
        line = f"{indent}{setting.name}: {_flow(value)}"
        if len(line) > _WIDTH * 3 // 4:
            yield from _commented(f"{indent}{setting.name}:", _comment(setting), indent)
            yield from (f"{indent}  - {_flow(one)}" for one in value)
        else:
            yield from _commented(line, _comment(setting), indent)


def _is_short(model: type) -> bool:
    settings = read_settings(model)
    return len(settings) <= _SHORT and not any(one.models for one in settings)


def _flow(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10**6)
    return text.removesuffix("\n").removesuffix("\n...")


def _comment(setting: Setting) -> str:
    comment = setting.words.partition(". ")[0].removesuffix(".")
    names = [str(one) for one in _literals(setting.annotation)]
    return f"{comment}: {_listed(names)}" if names else comment


def _commented(line: str, comment: str, indent: str) -> Iterator[str]:
    at = max(len(line) + 2, 34)
    if at + 2 + len(comment) <= _CODE_WIDTH:
        yield f"{line:<{at}}# {comment}"
        return
    yield from _wrap(comment, f"{indent}# ", f"{indent}# ", _CODE_WIDTH).splitlines()
    yield line


# The sections.


def _literals(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) is tuple:
        return _literals(get_args(annotation)[0])
    return get_args(annotation) if get_origin(annotation) is Literal else ()


def _listed(words: list[str], last: str = "or") -> str:
    *others, final = words
    return f"{', '.join(others)} {last} {final}" if others else final


def _kind(annotation: Any) -> str:
    """Returns a type in words."""
    if _is_union(annotation):
        kinds = [_kind(one) for one in get_args(annotation) if one is not types.NoneType]
        return _listed([*kinds, "`null`"] if types.NoneType in get_args(annotation) else kinds)
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return _listed([f"`{one}`" if one else "empty" for one in inner])
    if origin is tuple:
        kind = _kind(inner[0])
        return f"list of {kind}" if get_origin(inner[0]) is Literal else f"list of {kind}s"
    if hasattr(annotation, "__metadata__"):
        return _kind(annotation.__origin__)
    if origin is not None and issubclass(origin, Mapping):
        return "mapping"
    if _is_model(annotation):
        return "mapping"
    names = {int: "integer", float: "number", bool: "boolean"}
    return names.get(annotation, "string")


def _bounds(setting: Setting) -> Iterator[str]:
    limits = {type(bound): bound for bound in setting.bounds}
    for bound in setting.bounds:
        match bound:
            case annotated_types.Ge(least) if most := limits.get(annotated_types.Le):
                yield f"{least:,} to {most.le:,}"
            case annotated_types.Ge(least):
                yield f"at least {least:,}"
            case annotated_types.Gt(least):
                yield f"above {least:,}"
            case annotated_types.Le(most) if annotated_types.Ge not in limits:
                yield f"at most {most:,}"
            case annotated_types.Lt(most):
                yield f"below {most:,}"


def _facts(setting: Setting, with_default: bool) -> str:
    facts = [_kind(setting.annotation), *_bounds(setting)]
    default = setting.default
    if default in (PydanticUndefined, dataclasses.MISSING):
        facts.append("required")
    elif with_default:
        facts.append(f"default `{_flow(_shown(_dumped(default)))}`")
    return ", ".join(facts)


def _dumped(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, tuple):
        return [_dumped(one) for one in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return dict(value) if isinstance(value, Mapping) else value


def write_section(model: type, key: str, level: int, defaults: Any = None) -> Iterator[str]:
    """Yields the blocks of a section: heading, introduction, settings, and sections below it.

    Args:
      model: of the section.
      key: of the section, dotted.
      level: of its heading.
      defaults: an instance whose values are the defaults, where they are not those of the model.
    """
    yield f"{'#' * level} `{key}`"
    yield _intro(model)
    settings = read_settings(model)
    if defaults is not None:
        settings = [
            dataclasses.replace(one, default=getattr(defaults, one.name)) for one in settings
        ]
    if _is_table(settings):
        yield _table(settings)
        return
    if "\nAttributes:\n" not in (inspect.getdoc(model) or ""):
        yield _plain_table(settings)
        return
    below, short = [], {}
    items = []
    for setting in settings:
        name = f"{key}.{setting.name}"
        for kind in setting.models:
            if setting.is_section and _is_short(kind):
                short.setdefault(_signature(kind), (kind, []))[1].append(name)
            else:
                default = setting.default if setting.is_section else None
                below.append((kind, _place(setting, name), default))
        if not (setting.is_section and below and below[-1][1] == name):
            items.append(_item(setting))
    if items:
        yield "\n".join(items)
    for kind, names in short.values():
        shown = _listed([f"`{name}`" for name in names], "and")
        has = "have" if len(names) > 1 else "has"
        entries = [_item(setting, with_default=False) for setting in read_settings(kind)]
        yield "\n".join([_wrap(f"{shown} {has}:"), "", *entries])
    for kind, name, default in below:
        yield from write_section(kind, name, level + 1, default)


def _place(setting: Setting, name: str) -> str:
    """Returns the key of a model: with a placeholder where it lies in a mapping or a list."""
    origin = get_origin(setting.annotation)
    if _is_union(setting.annotation):
        origins = [get_origin(one) for one in get_args(setting.annotation)]
        return f"{name}[]" if tuple in origins else name
    if origin is tuple:
        return f"{name}[]"
    if origin is not None:
        return f"{name}.{setting.name.removesuffix('s').upper()}"
    return name


def _signature(model: type) -> tuple[tuple[str, str], ...]:
    """Returns what makes two short models the same to a reader."""
    return tuple((one.name, one.words) for one in read_settings(model))


def _item(setting: Setting, *, with_default: bool = True) -> str:
    words = setting.words[0].upper() + setting.words[1:].removesuffix(".")
    facts = _facts(setting, with_default)
    return _wrap(f"- **`{setting.name}`** ({facts}): {_linked(words)}.", rest="  ")


def _linked(text: str) -> str:
    """Returns a text with links to the documents that it names, from docs/."""

    def link(found: re.Match[str]) -> str:
        folder, file = found.groups()
        return f"[{found[0]}]({file if folder == 'docs' else f'../{folder}/{file}'})"

    return _LINKED.sub(link, text)


def _is_table(settings: list[Setting]) -> bool:
    """Whether all values are short models with the same fields."""
    if not all(one.is_section and _is_short(one.annotation) for one in settings):
        return False
    return len({tuple(f.name for f in read_settings(one.annotation)) for one in settings}) == 1


def _table(settings: list[Setting]) -> str:
    fields = read_settings(settings[0].annotation)
    header = ["setting", "of", *(f"`{field.name}`" for field in fields)]
    rows = [
        [f"`{one.name}`", one.words, *(_flow(getattr(one.default, f.name)) for f in fields)]
        for one in settings
    ]
    meaning = "\n".join(_item(one, with_default=False) for one in fields)
    return f"{meaning}\n\n{_rows(header, len(fields), rows)}"


def _plain_table(settings: list[Setting]) -> str:
    rows = [[f"`{one.name}`", one.words, _flow(one.default)] for one in settings]
    return _rows(["setting", "of", "default"], 1, rows)


def _rows(header: list[str], numbers: int, rows: list[list[str]]) -> str:
    """Returns a table; its last columns are numbers."""
    rule = "|---" * (len(header) - numbers) + "|---:" * numbers + "|"
    return "\n".join([_row(header), rule, *map(_row, rows)])


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def write_page() -> str:
    """Returns the page."""
    settings = read_settings(PipelineConfig)
    sections = [f"[`{one.name}`](#{one.name})" for one in settings if one.is_section]
    contents = _wrap(f"Each section in detail: [the run itself](#run), {_listed(sections, 'and')}.")
    blocks = [f"{_HEADER}```yaml\n{write_yaml()}\n```", contents, "## Run"]
    plain = [one for one in settings if not one.is_section]
    blocks.append("\n".join(_item(one) for one in plain))
    for setting in settings:
        if setting.is_section:
            blocks.extend(write_section(setting.annotation, setting.name, 2, setting.default))
    return "\n\n".join(blocks) + "\n"


if __name__ == "__main__":
    PAGE.write_text(write_page(), encoding="utf-8")
