r"""Makes text of others safe to display: invisible characters are shown as escapes.

A file name may hold line breaks, colour codes of terminals, and characters that turn the
direction of all that follows. HTML's own escaping leaves them as they are, so that one name
could pass for another, or for a part of the page.
"""

import re
import unicodedata

from markupsafe import Markup, escape

# Controls, formats (those of direction among them), halves of surrogate pairs, private and
# unassigned ones, and the separators of lines and paragraphs.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters and marks that show nothing: fillers, the blank of Braille, and selectors of variants.
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0]")
_SELECTORS = range(0xE0100, 0xE01F0)


def visible_text(text: str) -> str:
    r"""Returns text in which each invisible character is an escape, such as `\u202e`.

    A line break is one of them. A space is as it is, and every other kind of space an escape.
    """
    return "".join(map(_shown, text))


def visible_name(text: str) -> Markup:
    r"""Returns HTML for a name that others chose.

    It is set apart from the direction of what is around it, and the escapes in it look
    different from the same letters: a name may well have a backslash of its own.
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
