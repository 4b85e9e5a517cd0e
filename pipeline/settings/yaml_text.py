"""Reads untrusted YAML within limits: aliases expand a few kilobytes to gigabytes."""

from pathlib import Path
from typing import Any

import yaml

_MAX_BYTES = 1 << 20
_MAX_VALUES = 100_000
_MAX_DEPTH = 50


class BoundsError(yaml.YAMLError):
    """A document that is larger or deeper than settings can be."""


def read_yaml(path: str) -> Any:
    """Reads a file or a pipe.

    Raises:
      OSError: if the file cannot be read.
      yaml.YAMLError, UnicodeDecodeError: if the file is not YAML within the limits.
    """
    with Path(path).open("rb") as file:
        data = file.read(_MAX_BYTES + 1)
    if len(data) > _MAX_BYTES:
        raise BoundsError(f"expected at most {_MAX_BYTES:,} bytes; found more")
    return parse_yaml(data.decode("utf-8"))


def parse_yaml(text: str) -> Any:
    """Returns the values of a document.

    Raises:
      yaml.YAMLError: if the text is not YAML, nests too deeply, or has too many values. An alias
        counts as all values that it refers to.
    """
    document = yaml.load(text, _Loader)
    if _count_values(document, {}, _MAX_DEPTH) > _MAX_VALUES:
        raise BoundsError(
            f"expected at most {_MAX_VALUES:,} values; found more, counting the values of aliases"
        )
    return document


class _Loader(yaml.SafeLoader):
    """Reads plain values down to a maximum level."""

    _level = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self._level > _MAX_DEPTH:
            raise _too_deep()
        self._level += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self._level -= 1


def _count_values(value: Any, known: dict[int, int], levels: int) -> int:
    """Returns the number of values of a document; each alias is visited once."""
    if not isinstance(value, (dict, list)):
        return 1
    if levels == 0:
        # An alias that refers to itself has no end either.
        raise _too_deep()
    if id(value) not in known:
        inside = value if isinstance(value, list) else [*value, *value.values()]
        known[id(value)] = 1 + sum(_count_values(item, known, levels - 1) for item in inside)
    return known[id(value)]


def _too_deep() -> BoundsError:
    return BoundsError(f"expected at most {_MAX_DEPTH} levels; found more")
