"""The Content Security Policy of the pages in a browser: nothing planted runs, no style is lost."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from components.html.table import Cell, Table
from components.ingest.settings import IngestSettings
from pipeline.tools.inspection.inspect import inspect
from tests.browser import Browser, View
from tests.components.html.test_layout import (
    PAGES,
    document,  # noqa: F401, a fixture
    shown,  # noqa: F401, a fixture
)

_PLANTED = """
<script>document.title = "ran"</script>
<img src="x" onerror="document.title = 'ran'">
<img src="https://example.org/loaded.png">
<style>main { color: rgb(1, 2, 3) }</style>
<p id="planted" style="color: rgb(1, 2, 3)" onclick="document.title = 'ran'">planted</p>
<base href="https://example.org/"><form action="https://example.org/"></form>
<iframe src="data:text/html,<script>top.document.title = 'ran'</script>"></iframe>
"""


@pytest.fixture(params=PAGES, ids=lambda make: make.__name__)
def page(request: pytest.FixtureRequest, document: dict, tmp_path: Path) -> Path:  # noqa: F811
    made = tmp_path / "page.html"
    made.write_text(request.param(document, tmp_path), encoding="utf-8")
    return made


def test_the_policy_permits_the_own_style_and_no_attribute(page: Path, browser: Browser) -> None:
    html = page.read_text(encoding="utf-8")
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', html)
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[\w+/]{43}='; img-src data:; base-uri 'none'; "
        r"form-action 'none'",
        policy,
    )
    assert not re.search(r"<[^>]*\s(style|on\w+)=", html)
    assert browser.open(page).complaints == []
    # The style is in use: without it a page has the browser's margin.
    assert browser.evaluate("getComputedStyle(document.body).marginLeft") == "0px"


def test_nothing_planted_runs_even_if_a_template_fails_to_escape_it(
    page: Path, browser: Browser
) -> None:
    html = page.read_text(encoding="utf-8")
    page.write_text(html.replace("</main>", f"{_PLANTED}</main>"), encoding="utf-8")
    view = browser.open(page)
    browser.evaluate("document.getElementById('planted').click()")
    assert browser.evaluate("document.title") != "ran"
    color = browser.evaluate("getComputedStyle(document.getElementById('planted')).color")
    assert color != "rgb(1, 2, 3)"
    assert _refused(view) >= {"script", "style", "img", "base-uri", "frame"}


def _refused(view: View) -> set[str]:
    """Returns the kinds of content that the browser says its policy refused."""
    text = " ".join(view.complaints).lower()
    assert "content security policy" in text
    kinds = {
        "script": "inline script",
        "style": "inline style",
        "img": "loading the image",
        "base-uri": "base-uri",
        "frame": "frame",
    }
    return {kind for kind, words in kinds.items() if words in text}


def test_markup_in_file_names_is_shown_as_text(tmp_path: Path, browser: Browser) -> None:
    data = tmp_path / "data"
    data.mkdir()
    name = "<img src=x onerror=document.title='ran'><script>document.title='ran'<"
    for number in range(4):
        picture = data / f"{20 + number}_0_0_20170109142408{number:03}.jpg"
        Image.new("RGB", (200, 200), (50 * number, 9, 9)).save(picture)
    (data / f"{name}.jpg").write_bytes(b"x")
    out = tmp_path / "page.html"
    inspect([str(data)], IngestSettings(), {"train": 8, "eval": 1}, html=out)
    view = browser.open(out)
    assert view.complaints == [] and name in browser.evaluate("document.body.textContent")
    assert browser.evaluate("document.title") != "ran"


def test_shades_and_bars_need_no_style_attribute(
    shown: Callable[[Table], Path],  # noqa: F811
    browser: Browser,
) -> None:
    cells = [Cell("half", shade=0.5), Cell("quarter", bar=0.25)]
    table = Table(title="t", headings=["a", "b", "c"], rows=[["row", *cells]], stacks=False)
    assert browser.open(shown(table)).complaints == []
    shade = "getComputedStyle(document.querySelector('td')).backgroundColor"
    assert browser.evaluate(shade) == "rgba(230, 159, 0, 0.498)"
    bar = "(() => { const box = (one) => document.querySelector(one).getBoundingClientRect().width;"
    bar += " return box('.bar rect') / box('.bar'); })()"
    assert browser.evaluate(bar) == pytest.approx(0.25, abs=0.01)
