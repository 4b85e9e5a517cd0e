"""Data paths in which {SPAN}, or the date {YYYY} {MM} {DD}, stands for a number.

The placeholders are those of TFX's input config. The number of a date is TFX's as well: days
since 1970-01-01. A month, {YYYY} {MM}, which TFX does not know, has the number of its first day.
"""

import datetime
import enum
import fnmatch
import re
from collections.abc import Iterable

from components.errors import InputError
from components.ingest.sources import files

_SPAN = re.compile(r"\{SPAN(?::(?P<width>\d+))?\}")
_DATE = {"{YYYY}": r"(?P<year>\d{4})", "{MM}": r"(?P<month>\d{2})", "{DD}": r"(?P<day>\d{2})"}
_PLACEHOLDER = re.compile("|".join((_SPAN.pattern, *map(re.escape, _DATE))))
_MONTH = re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})")
_EPOCH = datetime.date(1970, 1, 1)


class Unit(enum.Enum):
    """What a span of a data path is."""

    NONE = "none"
    NUMBER = "number"
    DAY = "day"
    MONTH = "month"


def unit_of(data: str) -> Unit:
    """Returns what a span of a data path is; the placeholders need not be as they must be."""
    if not has_spans(data):
        return Unit.NONE
    if not has_dates(data):
        return Unit.NUMBER
    return Unit.DAY if "{DD}" in data else Unit.MONTH


def has_spans(data: str) -> bool:
    return _PLACEHOLDER.search(data) is not None


def has_dates(data: str) -> bool:
    return any(part in data for part in _DATE)


def of_any_span(data: str) -> str:
    """Returns a glob that matches a data path whatever the span."""
    return _PLACEHOLDER.sub("*", data)


def at_span(data: str, span: int) -> str:
    """Returns the data path of one span; one without placeholders stays as it is."""
    if has_dates(data):
        return (_EPOCH + datetime.timedelta(span)).strftime(
            data.replace("%", "%%")
            .replace("{YYYY}", "%Y")
            .replace("{MM}", "%m")
            .replace("{DD}", "%d")
        )
    return _SPAN.sub(lambda found: f"{span:0{int(found['width'] or 1)}d}", data)


def split_at_span(data: str) -> tuple[str, str]:
    """Returns the folder above the first folder or file whose name holds the span, and the rest."""
    first = _PLACEHOLDER.search(data)
    cut = data.rfind("/", 0, first.start() if first else None) + 1
    return data[:cut].rstrip("/") or ("/" if data.startswith("/") else "."), data[cut:]


def number_of(date: datetime.date) -> int:
    """Returns the span of a date."""
    return (date - _EPOCH).days


def read_month(text: str) -> int | None:
    """Returns the span of a month such as "2026-11"; None if the text is none."""
    found = _MONTH.fullmatch(text)
    return _read(found.groupdict()) if found else None


def describe(data: str, span: int) -> str:
    """Returns a span as the data path spells it: a number, or such as 2026-11-01 or 2026-11."""
    unit = unit_of(data)
    if unit is Unit.NUMBER:
        return str(span)
    date = str(_EPOCH + datetime.timedelta(span))
    return date[: len("2026-11")] if unit is Unit.MONTH else date


def check_placeholders(data: str) -> None:
    """Raises InputError unless a path has {SPAN}, the parts of a date or those of a month once."""
    spans = len(_SPAN.findall(data))
    parts = [data.count(part) for part in _DATE]
    if (spans, *parts) not in ((1, 0, 0, 0), (0, 1, 1, 1), (0, 1, 1, 0)):
        raise InputError(
            f"{data}: expected {{SPAN}} once, or each of {{YYYY}}, {{MM}}, {{DD}} once, or each of "
            "{YYYY}, {MM}"
        )


def read_spans(data: str, matches: Iterable[str]) -> list[int]:
    """Returns the numbers of the spans that are there, in order.

    TFX reads them off as well, but says too little of what it cannot read.

    Args:
      data: a path with spans.
      matches: what matches it, whatever stands for the span.

    Raises:
      InputError: if the path has other placeholders than check_placeholders wants, or something
        else than a number, a number of other digits, or no date, stands for them.
    """
    check_placeholders(data)
    base, pattern = split_at_span(data)
    parts = re.sub(r"(?:/\*\*)+$", "", pattern).split("/")
    expected = re.compile(_join_regex(parts))
    above = _count_parts(base)
    spans = set()
    for match in matches:
        if files.ANY_FOLDERS in parts:
            found = "/".join(list(filter(None, match.split("/")))[above:])
        else:
            found = "/".join(match.split("/")[-len(parts) :])
        read = expected.fullmatch(found)
        span = _read(read.groupdict()) if read else None
        if span is None:
            raise InputError(f"{data}: expected {_wanted(data)}; found {found!r}. {_advice(data)}")
        spans.add(span)
    return sorted(spans)


def _read(groups: dict[str, str]) -> int | None:
    if "span" in groups:
        return int(groups["span"])
    try:
        day = int(groups.get("day", "1"))
        return number_of(datetime.date(int(groups["year"]), int(groups["month"]), day))
    except ValueError:  # such as the 30th of February
        return None


def _count_parts(path: str) -> int:
    return len(list(filter(None, path.split("/"))))


def _join_regex(parts: list[str]) -> str:
    regex = ""
    for number, part in enumerate(parts, start=1):
        if part == files.ANY_FOLDERS:
            regex += "(?:[^/]+/)*"
        else:
            regex += _regex(part) + ("/" if number < len(parts) else "")
    return regex


def _regex(part: str) -> str:
    """Returns what one folder's or file's name looks like."""
    regex, end = "", 0
    for placeholder in _PLACEHOLDER.finditer(part):
        width = placeholder["width"]
        number = rf"\d{{{int(width)}}}" if width else r"0|[1-9]\d*"
        regex += _glob_regex(part[end : placeholder.start()])
        regex += _DATE.get(placeholder[0], f"(?P<span>{number})")
        end = placeholder.end()
    return regex + _glob_regex(part[end:])


def _glob_regex(part: str) -> str:
    return fnmatch.translate(part).removeprefix("(?s:").removesuffix(r")\Z").removesuffix(r")\z")


def _wanted(data: str) -> str:
    if has_dates(data):
        if unit_of(data) is Unit.MONTH:
            return "a month of four and two digits in place of {YYYY}, {MM}"
        return "a date of four, two and two digits in place of {YYYY}, {MM}, {DD}"
    width = _SPAN.search(data)["width"]  # type: ignore[index]
    return f"a number {f'of {width} digits ' if width else ''}in place of {{SPAN}}"


def _advice(data: str) -> str:
    if has_dates(data):
        return "Move it elsewhere."
    return "Move it elsewhere, or write {SPAN:N} for numbers that are padded to N digits."
