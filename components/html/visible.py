r"""Makes untrusted text safe to display: invisible characters are shown as escapes.

A file name may contain line breaks, terminal color codes, and characters that change the direction
of the text after them. HTML escaping keeps them, so a name could imitate another name or a part of
the page.
"""

import re
import unicodedata

from markupsafe import Markup, escape

# Control, format (including direction), surrogate, private-use and unassigned characters, and
# line and paragraph separators.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters and marks that display nothing: fillers, the Braille blank, and variation selectors.
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0]")
_SELECTORS = range(0xE0100, 0xE01F0)


def visible_text(text: str) -> str:
    r"""Returns text with each invisible character as an escape, such as `\u202e`.

    Line breaks are escaped too, and all spaces except the ASCII space.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_shown, text))


def visible_name(text: str) -> Markup:
    r"""Returns HTML for a name from untrusted input.

    The name is isolated from the text direction around it. Its escapes are styled, because a name
    may also contain a literal backslash.
    """
    parts = []
    for character in text:
        shown = _shown(character)
        code = Markup('<span class="unseen">{}</span>').format(shown)
        parts.append(escape(character) if shown == character else code)
    return Markup("<bdi>{}</bdi>").format(Markup("").join(parts))


def _shown(character: str) -> str:
    if character == " " or not _is_unseen(character):
        return character
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _is_unseen(character: str) -> bool:
    category = unicodedata.category(character)
    return (
        category in _UNSEEN
        or category == "Zs"
        or _BLANK.match(character) is not None
        or ord(character) in _SELECTORS
    )
