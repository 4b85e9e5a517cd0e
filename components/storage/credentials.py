"""Finds credentials in addresses, which logs, metadata and reports would repeat."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

ADVICE = (
    "expected an address without a password or token, because logs and metadata repeat addresses. "
    "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or GOOGLE_APPLICATION_CREDENTIALS, instead; "
    "the value is hidden"
)
_PASSWORD = re.compile(r"([a-z][a-z0-9+.-]*://)[^/?#\s]*:[^/?#\s]*@", re.IGNORECASE)
_TOKEN = re.compile(
    r"[a-z][a-z0-9+.-]*://\S*[?&](x-(amz|goog)-[a-z-]+|sig|signature|(access_?)?token|api_?key)=",
    re.IGNORECASE,
)


def has_credentials(text: str) -> bool:
    """Returns whether a text contains an address with a password, or a signed one."""
    return bool(_PASSWORD.search(text) or _TOKEN.search(text))


def without_passwords(text: str) -> str:
    """Returns a text whose addresses lack users and passwords, to show it."""
    return _PASSWORD.sub(r"\1", text)


def find_credentials(value: Any, name: str = "") -> Iterator[str]:
    """Yields the dotted name of each text in nested mappings and lists that has credentials."""
    if isinstance(value, str):
        if has_credentials(value):
            yield name
        return
    items: Any = ()
    if isinstance(value, Mapping):
        items = value.items()
    elif isinstance(value, list | tuple):
        items = enumerate(value)
    for key, each in items:
        yield from find_credentials(each, f"{name}.{key}" if name else str(key))
