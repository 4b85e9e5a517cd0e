"""Data paths in which {SPAN}, or {SPAN:width}, stands for a number."""

import re

PLACEHOLDER = re.compile(r"\{SPAN(:\d+)?\}")


def has_spans(data: str) -> bool:
    return PLACEHOLDER.search(data) is not None


def of_any_span(data: str) -> str:
    """Returns a glob that matches a data path whatever the span."""
    return PLACEHOLDER.sub("*", data)


def split_at_span(data: str) -> tuple[str, str]:
    """Returns the folder above the first folder or file whose name holds the span, and the rest."""
    first = PLACEHOLDER.search(data)
    cut = data.rfind("/", 0, first.start() if first else None) + 1
    return data[:cut].rstrip("/") or ("/" if data.startswith("/") else "."), data[cut:]
