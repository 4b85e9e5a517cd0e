"""YAML of others, read within bounds: a few kilobytes of it can stand for gigabytes."""

from pathlib import Path
from typing import Any

import yaml

_MOST_BYTES = 1 << 20
_MOST_VALUES = 100_000
_DEEPEST = 50


class BoundsError(yaml.YAMLError):
    """A document that is larger, or deeper, than settings can be."""


def read_yaml(path: str) -> Any:
    """Reads a file, or a pipe.

    Raises:
      OSError: if it cannot be read.
      yaml.YAMLError, UnicodeDecodeError: if it is no YAML of settings.
    """
    with Path(path).open("rb") as file:
        data = file.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise BoundsError(f"expected at most {_MOST_BYTES:,} bytes; found more")
    return parse_yaml(data.decode("utf-8"))


def parse_yaml(text: str) -> Any:
    """Returns the values of a document.

    Raises:
      yaml.YAMLError: if it is no YAML, nests too deep, or has too many values. An alias counts as
        all that it stands for.
    """
    document = yaml.load(text, _Loader)
    if _count(document, {}, _DEEPEST) > _MOST_VALUES:
        raise BoundsError(
            f"expected at most {_MOST_VALUES:,} values; found more, with all that aliases stand for"
        )
    return document


class _Loader(yaml.SafeLoader):
    """Reads plain values, and stops at a level that no settings have."""

    _level = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self._level > _DEEPEST:
            raise _too_deep()
        self._level += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self._level -= 1


def _count(value: Any, known: dict[int, int], levels: int) -> int:
    """Returns how many values a document has; what an alias stands for is looked at once."""
    if not isinstance(value, (dict, list)):
        return 1
    if levels == 0:
        # An alias that stands for itself has no end either.
        raise _too_deep()
    if id(value) not in known:
        inside = value if isinstance(value, list) else [*value, *value.values()]
        known[id(value)] = 1 + sum(_count(one, known, levels - 1) for one in inside)
    return known[id(value)]


def _too_deep() -> BoundsError:
    return BoundsError(f"expected at most {_DEEPEST} levels; found more")
