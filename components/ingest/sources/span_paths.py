"""Data paths in which {SPAN}, or the date {YYYY} {MM} {DD}, stands for a number.

Placeholders and numbers follow TFX's input config: the number of a date is the days since
1970-01-01. A month, {YYYY} {MM}, which TFX does not support, has the number of its first day.
"""

import datetime
import enum
import fnmatch
import re
from collections.abc import Iterable

from components.errors import InputError
from components.storage import files

_PLACEHOLDER = re.compile(r"\{(?P<name>SPAN(?::(?P<width>\d+))?|YYYY|MM|DD)\}")
_ESCAPED = re.compile(_PLACEHOLDER.pattern.replace(r"\{", r"\\\{").replace(r"\}", r"\\\}"))
_DATES = {"{YYYY}": "%Y", "{MM}": "%m", "{DD}": "%d"}
_EPOCH = datetime.date(1970, 1, 1)


class Unit(enum.Enum):
    """The unit of the spans of a data path."""

    NONE = "none"
    NUMBER = "number"
    DAY = "day"
    MONTH = "month"


_EXPECTED = {
    Unit.DAY: "a date of four, two and two digits in place of {YYYY}, {MM}, {DD}",
    Unit.MONTH: "a month of four and two digits in place of {YYYY}, {MM}",
}


def unit_of(data: str) -> Unit:
    """Returns the unit of the spans of a data path, even if its placeholders are invalid."""
    if not has_spans(data):
        return Unit.NONE
    if not any(part in data for part in _DATES):
        return Unit.NUMBER
    return Unit.DAY if "{DD}" in data else Unit.MONTH


def has_spans(data: str) -> bool:
    return _PLACEHOLDER.search(data) is not None


def of_any_span(data: str) -> str:
    """Returns a glob that matches a data path for any span."""
    return _PLACEHOLDER.sub("*", data)


def at_span(data: str, span: int) -> str:
    """Returns the data path of a span; a path without placeholders is returned unchanged."""
    if unit_of(data) in _EXPECTED:
        for part, form in _DATES.items():
            data = data.replace(part, _date(span).strftime(form))
    return _PLACEHOLDER.sub(lambda match: f"{span:0{int(match['width'] or 1)}d}", data)


def split_at_span(data: str) -> tuple[str, str]:
    """Splits a path before the first folder or file whose name contains the span."""
    return files.split(data, _PLACEHOLDER)


def number_of(date: datetime.date) -> int:
    """Returns the span of a date."""
    return (date - _EPOCH).days


def read_month(text: str) -> int | None:
    """Returns the span of a month such as "2026-11"; None if the text is not a month."""
    return _read(_compile("{YYYY}-{MM}"), text)


def describe(data: str, span: int) -> str:
    """Returns a span in the unit of the data path: a number, 2026-11-01 or 2026-11."""
    unit = unit_of(data)
    if unit is Unit.NUMBER:
        return str(span)
    return str(_date(span))[: len("2026-11") if unit is Unit.MONTH else None]


def check_placeholders(data: str) -> None:
    """Raises InputError unless a path has exactly {SPAN}, the parts of a date, or of a month."""
    starts = sorted(match[0][:3] for match in _PLACEHOLDER.finditer(data))
    if starts not in (["{SP"], ["{DD", "{MM", "{YY"], ["{MM", "{YY"]):
        raise InputError(
            f"{data}: expected {{SPAN}} once, or each of {{YYYY}}, {{MM}}, {{DD}} once, or each of "
            "{YYYY}, {MM}"
        )


def read_spans(data: str, matches: Iterable[str]) -> list[int]:
    """Returns the spans of the matches of a data path, sorted.

    TFX also reads them, but its errors say too little. Raises InputError as check_placeholders, and
    if a match has no valid date, or no number of the expected digits, in place of the span.
    """
    check_placeholders(data)
    expected, spans = _compile(data), set()
    for match in matches:
        span = _read(expected, match)
        if span is None:
            raise _unexpected(data, match.removeprefix(f"{split_at_span(data)[0]}/"))
        spans.add(span)
    return sorted(spans)


def _date(span: int) -> datetime.date:
    return _EPOCH + datetime.timedelta(span)


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


def _compile(data: str) -> re.Pattern[str]:
    """Returns the regex for `_read`: a slash before each folder and file, groups for the span."""
    regex = ""
    for part in _parts(data):
        glob = fnmatch.translate(part).removeprefix("(?s:")[: -len(r")\Z")]
        named = _ESCAPED.sub(_digits, glob)
        regex += "(?:/[^/]+)*" if part == files.ANY_FOLDERS else f"/{named}"
    return re.compile(regex, re.DOTALL)


def _digits(placeholder: re.Match[str]) -> str:
    name, *_ = placeholder["name"].split(":")
    width = {"YYYY": 4, "MM": 2, "DD": 2}.get(name) or int(placeholder["width"] or 0)
    return rf"(?P<{name}>{rf'[0-9]{{{width}}}' if width else '0|[1-9][0-9]*'})"


def _read(expected: re.Pattern[str], path: str) -> int | None:
    """Returns the span of a path; None if the path does not match or the date is invalid."""
    match = expected.fullmatch("".join(f"/{part}" for part in _parts(path)))
    if match is None:
        return None
    texts = match.groupdict()
    if "SPAN" in texts:
        return int(texts["SPAN"])
    try:
        return number_of(datetime.date(*(int(texts.get(part, 1)) for part in ("YYYY", "MM", "DD"))))
    except ValueError:  # such as the 30th of February
        return None


def _unexpected(data: str, found: str) -> InputError:
    expected, advice = _EXPECTED.get(unit_of(data)), ""
    if not expected:
        width = _PLACEHOLDER.search(data)["width"]  # type: ignore[index]
        expected = f"a number {f'of {width} digits ' if width else ''}in place of {{SPAN}}"
        advice = ", or write {SPAN:N} for numbers that are padded to N digits"
    return InputError(f"{data}: expected {expected}; found {found!r}. Move it elsewhere{advice}.")
