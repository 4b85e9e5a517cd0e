"""The formats of a model card: Markdown, and an HTML page."""

from collections.abc import Sequence
from typing import Any

import jinja2

from components.html.page import render
from components.html.visible import visible_text
from components.model_card.section import Section

_PACKAGE = "components.model_card"


def to_page(sections: Sequence[Section]) -> str:
    """Returns the card as a page that needs no network."""
    return render("model_card.html", package=_PACKAGE, sections=sections)


def to_markdown(sections: Sequence[Section]) -> str:
    """Returns the card as Markdown; untrusted text cannot become markup."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(_PACKAGE),
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
        finalize=_escape,
    )
    return environment.get_template("model_card.md").render(sections=sections)


def _escape(value: Any) -> Any:
    """Keeps untrusted text on one line, and escapes markup in it."""
    if not isinstance(value, str):
        return value
    text = " ".join(visible_text(value).split())
    for sign in "\\`*_[]<>|#":
        text = text.replace(sign, f"\\{sign}")
    return text
