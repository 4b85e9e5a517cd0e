"""Reads untrusted YAML within limits: aliases expand a few kilobytes to gigabytes."""

import itertools
import re
from pathlib import Path
from typing import Any

import yaml

_MAX_BYTES = 1 << 20
_MAX_VALUES = 100_000
_MAX_DEPTH = 50
# Characters of a number: many more take seconds to convert.
_MAX_DIGITS = 100
_MAX_INTEGER = (1 << 63) - 1
# Neither paths nor UTF-8 can contain them.
_NOT_TEXT = re.compile("[\\0\\ud800-\\udfff]")


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
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        # Counted first: `<<` copies the values of an alias while the document is constructed.
        if root is not None and _count_values(root, {}, _MAX_DEPTH) > _MAX_VALUES:
            raise BoundsError(
                f"expected at most {_MAX_VALUES:,} values; found more, counting the values of "
                "aliases"
            )
        return None if root is None else loader.construct_document(root)
    finally:
        loader.dispose()


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

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """Constructs a value; PyYAML raises errors of many types for a value that is invalid."""
        kind = node.tag.rpartition(":")[2]
        if kind in ("int", "float") and len(node.value) > _MAX_DIGITS:
            raise _invalid(node, f"at most {_MAX_DIGITS} characters of a number", "more")
        try:
            value = super().construct_object(node, deep)
        except (ArithmeticError, AttributeError, LookupError, ValueError):
            raise _invalid(node, f"a value of the type {kind}", "another value") from None
        if isinstance(value, int) and abs(value) > _MAX_INTEGER:
            raise _invalid(node, "a whole number of at most 64 bits", "a larger number")
        if isinstance(value, str) and _NOT_TEXT.search(value):
            raise _invalid(node, "text", "a null character or half of a surrogate pair")
        return value


def _invalid(node: yaml.Node, expected: str, found: str) -> yaml.YAMLError:
    problem = f"expected {expected}; found {found}"
    return yaml.constructor.ConstructorError(None, None, problem, node.start_mark)


def _count_values(node: yaml.Node, known: dict[yaml.Node, int], levels: int) -> int:
    """Returns the number of values in a node; each alias is visited once."""
    if isinstance(node, yaml.ScalarNode):
        return 1
    if levels == 0:
        # An alias that refers to itself has no end either.
        raise _too_deep()
    if node not in known:
        inside = itertools.chain(*node.value) if isinstance(node, yaml.MappingNode) else node.value
        known[node] = 1 + sum(_count_values(item, known, levels - 1) for item in inside)
    return known[node]


def _too_deep() -> BoundsError:
    return BoundsError(f"expected at most {_MAX_DEPTH} levels; found more")
