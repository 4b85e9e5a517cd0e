"""Finds the differences between two schemas, field by field."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import Message


@dataclass(frozen=True)
class Difference:
    """A field with different values in two messages.

    Attributes:
      field: the path of the field, with dots between the names of nested messages.
      before: the value in the format of `to_plain`; None if not set.
      after: the new value in the same format; None if not set.
    """

    field: str
    before: Any
    after: Any


def find_differences(before: Message, after: Message, prefix: str = "") -> Iterator[Difference]:
    """Yields the fields that differ, in the order of the message's definition.

    A message that only one of the two has is a single difference, and so is a list.
    """
    values_before, values_after = (
        {field.name: value for field, value in message.ListFields()} for message in (before, after)
    )
    for field in before.DESCRIPTOR.fields:
        old, new = values_before.get(field.name), values_after.get(field.name)
        if isinstance(old, Message) and isinstance(new, Message):
            yield from find_differences(old, new, f"{prefix}{field.name}.")
        elif old != new:
            yield Difference(f"{prefix}{field.name}", _plain(field, old), _plain(field, new))


def to_plain(message: Message) -> dict[str, Any]:
    """Returns the fields that are set as JSON values: enums by name, floats short."""
    return {field.name: _plain(field, value) for field, value in message.ListFields()}


def _plain(field: Any, value: Any) -> Any:
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, Message):
        return to_plain(value)
    if isinstance(value, float):
        return _shortest(value) if field.type == field.TYPE_FLOAT else value
    if isinstance(value, int):
        return field.enum_type.values_by_number[value].name if field.enum_type else value
    if hasattr(value, "items"):
        inner = field.message_type.fields_by_name["value"]
        return {str(key): _plain(inner, item) for key, item in value.items()}
    return [_plain(field, item) for item in value]


def _shortest(value: float) -> float:
    """Returns the shortest decimal number equal to a 32-bit float, e.g. 255.1."""
    packed = struct.pack("f", value)
    for digits in range(6, 9):
        rounded = float(f"{value:.{digits}g}")
        if struct.pack("f", rounded) == packed:
            return rounded
    return value
