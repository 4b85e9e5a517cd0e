"""The base template of all pages escapes all inserted values."""

from pathlib import Path

import jinja2
import pytest
from markupsafe import Markup

from components.html.page import render
from components.html.words import counted, listed, number, share_of


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Name of a package with its own template."""
    folder = tmp_path / "package_with_a_page" / "templates"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    (folder / "own.html").write_text(
        '{% extends "base.html" %}'
        "{% block title %}{{ title }}{% endblock %}"
        '{% block main %}<p title="{{ title }}">{{ title }}</p>{{ markup }}{{ 1234 | number }}'
        "{{ title | name }}{% endblock %}"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    return "package_with_a_page"


def test_inserted_values_are_escaped_and_made_visible(package: str) -> None:
    page = render(
        "own.html", package=package, title='"><script>\u202e\udc80', markup=Markup("<b>b</b>")
    )
    escaped = r"&#34;&gt;&lt;script&gt;\u202e\udc80"
    assert f"<title>{escaped}</title>" in page
    assert f'<p title="{escaped}">{escaped}</p><b>b</b>1,234' in page
    assert page.count('<span class="unseen">') == 2
    page.encode("utf-8")


def test_the_base_template_forbids_scripts_and_network_access(package: str) -> None:
    page = render("own.html", package=package, title="t", markup="")
    assert "content=\"default-src 'none'; style-src 'sha256-" in page
    assert "unsafe" not in page and page.count("<style") == 1
    assert '<html lang="en">' in page
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in page


def test_a_missing_value_raises_an_error(package: str) -> None:
    with pytest.raises(jinja2.UndefinedError, match="markup"):
        render("own.html", package=package, title="t")


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [
        (0, 0, "0%"),
        (0, 5, "0%"),
        (5, 5, "100%"),
        (2, 9780, "under 0.1%"),
        (9779, 9780, "over 99.9%"),
        (182, 9780, "1.9%"),
        (0.05, 1, "5.0%"),
    ],
)
def test_a_share_is_not_rounded_to_0_or_100_percent(part: float, whole: float, words: str) -> None:
    assert share_of(part, whole) == words


def test_numbers_and_lists_are_formatted_for_readers() -> None:
    assert number(12345) == "12,345"
    assert [counted(1, "file"), counted(2345, "file")] == ["1 file", "2,345 files"]
    assert counted(0, "picture has", "pictures have") == "0 pictures have"
    assert [listed("a"), listed("ab"), listed("abc", "or")] == ["a", "a and b", "a, b or c"]
