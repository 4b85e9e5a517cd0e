"""Data paths in which {SPAN}, or {SPAN:width}, stands for a number."""

import fnmatch
import re
from collections.abc import Iterable

from components.errors import InputError

_PLACEHOLDER = re.compile(r"\{SPAN(?::(?P<width>\d+))?\}")


def has_spans(data: str) -> bool:
    return _PLACEHOLDER.search(data) is not None


def of_any_span(data: str) -> str:
    """Returns a glob that matches a data path whatever the span."""
    return _PLACEHOLDER.sub("*", data)


def split_at_span(data: str) -> tuple[str, str]:
    """Returns the folder above the first folder or file whose name holds the span, and the rest."""
    first = _PLACEHOLDER.search(data)
    cut = data.rfind("/", 0, first.start() if first else None) + 1
    return data[:cut].rstrip("/") or ("/" if data.startswith("/") else "."), data[cut:]


def read_spans(data: str, matches: Iterable[str]) -> list[int]:
    """Returns the numbers of the spans that are there, in order.

    TFX reads them off as well, but says too little of what it cannot read.

    Args:
      data: a path with one {SPAN}.
      matches: what matches it, whatever stands for the span.

    Raises:
      InputError: if the path has more than one {SPAN}, or something else than a number, or
        a number of other digits, stands for it.
    """
    if len(_PLACEHOLDER.findall(data)) != 1:
        raise InputError(f"{data}: expected {{SPAN}} once")
    _, pattern = split_at_span(data)
    name = pattern.partition("/")[0]
    before, after = (_glob_regex(part) for part in _PLACEHOLDER.split(name)[::2])
    width = _PLACEHOLDER.search(name)["width"]  # type: ignore[index]
    number = rf"\d{{{int(width)}}}" if width else r"0|[1-9]\d*"
    place = data.removesuffix(pattern).count("/")
    spans = set()
    for match in matches:
        found = match.split("/")[place]
        read = re.fullmatch(f"{before}({number}){after}", found)
        if read is None:
            raise InputError(
                f"{data}: expected a number {f'of {width} digits ' if width else ''}in place of "
                f"{{SPAN}}; found {found!r}. Move it elsewhere, or write {{SPAN:N}} for numbers "
                "that are padded to N digits."
            )
        spans.add(int(read[1]))
    return sorted(spans)


def _glob_regex(part: str) -> str:
    return fnmatch.translate(part).removeprefix("(?s:").removesuffix(r")\Z").removesuffix(r")\z")
