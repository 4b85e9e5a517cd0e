"""Formats numbers and lists for readers."""

from collections.abc import Iterable


def number(count: int) -> str:
    """Returns a count such as "1,234"."""
    return f"{count:,}"


def counted(count: int, thing: str, things: str = "") -> str:
    """Returns "1 file" or "2 files"; pass the plural `things` if it is not `thing` plus s."""
    return f"{count:,} {thing if count == 1 else things or thing + 's'}"


def listed(words: Iterable[str], joint: str = "and") -> str:
    """Returns "a", "a and b", "a, b and c"."""
    *others, last = words
    return f"{', '.join(others)} {joint} {last}" if others else last


def sentence_case(text: str) -> str:
    """Returns a text with its first letter in upper case; other letters do not change."""
    return text[:1].upper() + text[1:]


def share_of(part: float, whole: float) -> str:
    """Returns a share such as "12.3%"; 0% and 100% are always exact."""
    if not part:
        return "0%"
    if part == whole:
        return "100%"
    share = part / whole
    if share < 0.001:
        return "under 0.1%"
    if share > 0.999:
        return "over 99.9%"
    return f"{share:.1%}"
