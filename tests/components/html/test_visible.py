"""Untrusted names: invisible characters become escapes, and no character is lost."""

import unicodedata

import pytest

from components.html.visible import visible_name, visible_text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("24_0_1_20170116220224657 .jpg.chip.jpg", "24_0_1_20170116220224657 .jpg.chip.jpg"),
        ("Zoë 李 🙂.jpg", "Zoë 李 🙂.jpg"),
        ("photo\u202egpj.exe", r"photo\u202egpj.exe"),
        ("\u2066a\u2069\u200f", r"\u2066a\u2069\u200f"),
        ("two\nlines\r\t", r"two\x0alines\x0d\x09"),
        ("\x1b[31mred\x7f\x85", r"\x1b[31mred\x7f\x85"),
        ("\x00", r"\x00"),
        ("a\u2028b\u2029", r"a\u2028b\u2029"),
        ("\udcff\ud800", r"\udcff\ud800"),
        ("\u200b\ufeff\u00ad\u3164\u2800\ufe0f", r"\u200b\ufeff\xad\u3164\u2800\ufe0f"),
        ("no\u00a0break\u3000", r"no\xa0break\u3000"),
        ("\U000e0041\U000e0101\U0010ffff\ue000", r"\U000e0041\U000e0101\U0010ffff\ue000"),
    ],
)
def test_invisible_characters_become_escapes(text: str, shown: str) -> None:
    assert visible_text(text) == shown


def test_no_control_format_or_surrogate_character_remains() -> None:
    everything = visible_text("".join(map(chr, range(0x110000))))
    unseen = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert {unicodedata.category(character) for character in everything} & unseen == set()
    everything.encode("utf-8")


def test_a_name_is_escaped_and_isolated_in_bdi() -> None:
    assert visible_name("<script>\"'&.jpg") == ("<bdi>&lt;script&gt;&#34;&#39;&amp;.jpg</bdi>")


def test_an_escape_looks_different_from_the_same_text_in_a_name() -> None:
    assert visible_name("\\u202e\u202e") == (
        '<bdi>\\u202e<span class="unseen">\\u202e</span></bdi>'
    )
