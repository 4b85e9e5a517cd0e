"""Documents that programs, people and damage change, and a check of the pages made from them."""

import copy
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from hypothesis import strategies as st

# Texts that break out of an element, an attribute, a style, a template, or the line.
_TEXTS = (
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    '" style="display:none',
    "</title></style></main></svg><h1>",
    "]]><!--",
    "{{ 7 * 7 }}{% raw %}",
    "javascript:alert(1)",
    "&lt;b&gt;&#60;i&#62;",
    "$\\frac{1}{$ %s %(x)s {0} {x!r}",
    "[bold]:smile:|*x*`[y](z)",
    "\u202egpj.exe\u2066",
    "\x00\x1b[31m\x7f\r\n\u2028",
    "\ud800\udfff\udc80",
    "\u05d0\u0628\u202b",
    "x" * 5000,
    "",
)
_NUMBERS = (0, -1, 1, 10**15, -(10**15), 10**300, 0.5, -0.0, 1e300, -1e300, 1e-300)
# As JSON reads them: two surrogates may become one character.
TEXTS = (
    st.sampled_from(_TEXTS) | st.text(st.characters(blacklist_categories=()), max_size=20)
).map(lambda text: json.loads(json.dumps(text)))
SCALARS = st.none() | st.booleans() | st.sampled_from(_NUMBERS) | TEXTS
VALUES = SCALARS | st.sampled_from(((), {}, [None], {"": None}, ["x"], {"x": {}}))
# Elements and attributes of the templates, and of the plots inside them.
_ELEMENTS = """
a bdi body br caption code dd details div dl dt figcaption figure footer h1 h2 head header html li
main meta ol p section small span strong style summary table tbody td th thead time title tr ul
clippath defs g path rect svg text use
"""
_ATTRIBUTES = """
aria-hidden aria-label charset class content data-label datetime height href http-equiv id lang name
role tabindex width clip-path d fill fill-opacity font font-family font-size opacity stroke
stroke-dasharray stroke-dashoffset stroke-linecap stroke-linejoin stroke-miterlimit stroke-opacity
stroke-width text-anchor transform viewbox x y
"""


class _Page(HTMLParser):
    """The tags and the text of a page, as a browser reads them."""

    def __init__(self, source: str):
        super().__init__()
        self.text = ""
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.other: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.other.append(data)

    def handle_pi(self, data: str) -> None:
        self.other.append(data)

    def unknown_decl(self, data: str) -> None:
        self.other.append(data)


def check_page(source: str) -> str:
    """Checks that everything in a page but its text is the renderer's own; returns the text."""
    source.encode("utf-8")
    assert not re.search("[\u0000-\u0009\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069]", source)
    page = _Page(source)
    assert {tag for tag, _ in page.tags} <= {*_ELEMENTS.split()}
    assert {name for _, attributes in page.tags for name in attributes} <= {*_ATTRIBUTES.split()}
    assert page.other == []
    for _, attributes in page.tags:
        assert attributes.get("href", "#").startswith("#")
        assert re.fullmatch(r"url\(#[\w.-]+\)", attributes.get("clip-path", "url(#x)"))
    counts = [tag for tag, _ in page.tags]
    assert [counts.count(tag) for tag in ("title", "style", "h1", "main")] == [1, 1, 1, 1]
    (policy,) = (
        attributes["content"]
        for tag, attributes in page.tags
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[\w+/]{43}='; img-src data:; base-uri 'none'; "
        r"form-action 'none'",
        policy,
    )
    return page.text


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yields each container in a document, with each of its keys."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        yield value, key
        if isinstance(inner, dict | list):
            yield from _places(inner)


@st.composite
def changed(draw: st.DrawFn, document: Any, values: st.SearchStrategy[Any] = VALUES) -> Any:
    """Draws a document with some values replaced or missing."""
    result = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 3))):
        # All values of some key, or a single one.
        places = list(_places(result))
        keys = sorted({key for container, key in places if isinstance(container, dict)})
        key = draw(st.sampled_from(keys))
        chosen = [place for place in places if place[1] == key and isinstance(place[0], dict)]
        if draw(st.booleans()):
            chosen = [draw(st.sampled_from(chosen))]
        removed, value = draw(st.booleans()), draw(values)
        for container, key in chosen:
            if removed:
                del container[key]
            else:
                container[key] = value
    return result
