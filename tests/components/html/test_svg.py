"""Figures as inline SVG: unique ids, reproducible bytes, and a text alternative."""

import re
from xml.etree import ElementTree

import pytest
from markupsafe import Markup
from matplotlib.figure import Figure

from components.html.svg import draw
from components.html.visible import visible_text


def paint(figure: Figure) -> None:
    axes = figure.add_subplot()
    axes.plot([0, 1, 2], [3, 1, 2], marker="o")
    axes.set_title("a <title> with $signs$ & more")


def drawn(key: str = "one", label: str = "Three points.") -> Markup:
    return draw(paint, key=key, label=label, size=(4, 3))


def attributes(svg: str, name: str) -> list[str]:
    elements = ElementTree.fromstring(svg).iter()
    return [element.attrib[name] for element in elements if name in element.attrib]


def test_the_same_drawing_gives_the_same_bytes() -> None:
    assert drawn() == drawn()


def test_two_figures_share_no_ids_and_use_only_their_own() -> None:
    for key, other in (("one", "two"), ("two", "one")):
        svg = drawn(key)
        own = attributes(svg, "id")
        assert own and len(own) == len(set(own))
        assert all(name.startswith(f"{key}-") for name in own)
        assert not set(own) & set(attributes(drawn(other), "id"))
        used = re.findall(r'(?:href="#|url\(#)([^")]+)', svg)
        assert used and set(used) == set(own)


def test_a_figure_is_an_image_with_an_aria_label() -> None:
    (root, *_) = ElementTree.fromstring(drawn(label='"><script>\u202e')).iter()
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-label"] == r'"><script>\u202e'


def test_text_stays_text_and_metadata_is_removed() -> None:
    svg = drawn()
    texts = [element.text for element in ElementTree.fromstring(svg).iter("text")]
    assert "a <title> with $signs$ & more" in texts
    assert "a &lt;title&gt; with" in svg
    assert not re.search(r"<(metadata|style|script|image|!DOCTYPE|\?xml)|xmlns|https?:", svg)


@pytest.mark.parametrize("name", ["a\u202eb", "a\x1bb", "a\udc80b", "two\nlines"])
def test_a_file_name_is_drawn_with_visible_escapes(name: str) -> None:
    svg = draw(
        lambda figure: figure.text(0, 0, visible_text(name)), key="n", label="n", size=(4, 3)
    )
    assert visible_text(name) in svg


def test_bidirectional_control_characters_are_escaped() -> None:
    svg = draw(lambda figure: figure.text(0, 0, "a\u202eb"), key="n", label="n", size=(4, 3))
    assert r"a\u202eb" in svg and "\u202e" not in svg
