"""Renders the templates of pages that run no script and need no network."""

import base64
import hashlib
from typing import Any

import jinja2
from markupsafe import Markup

from components.html import words
from components.html.visible import visible_name, visible_text
from trainer import palette

_OWN_PACKAGE = "components.html"


def render(template: str, *, package: str, **values: Any) -> str:
    """Renders a template.

    Every value is escaped, and its invisible characters are made visible, unless it is Markup. In a
    template, `name` isolates a name from untrusted input, `number` writes 1,234, and
    `sentence_case`, `share_of` and `counted` are the functions of `words`.

    Args:
      template: a file in the folder `templates` of `package` or of this package. Every page
        extends `base.html`, whose policy permits its own stylesheet and images inside the page, and
        nothing else: no script, no style attribute, no address. `parts.html` has the macros for
        tables, plots and the verdict.
      package: the package of the template.
      **values: every value that the template uses.

    Raises:
      jinja2.UndefinedError: if the template uses a value that is not given.
    """
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader(
            [jinja2.PackageLoader(package), jinja2.PackageLoader(_OWN_PACKAGE)]
        ),
        autoescape=True,
        finalize=_visible,
        keep_trailing_newline=True,
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["digest"] = _digest
    environment.filters["name"] = visible_name
    environment.filters["number"] = words.number
    environment.filters["sentence_case"] = words.sentence_case
    environment.globals.update(share_of=words.share_of, counted=words.counted, palette=palette)
    return environment.get_template(template).render(values)


def _digest(text: str) -> str:
    """Returns the source expression of a Content Security Policy that permits an inline text."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _visible(value: Any) -> Any:
    """Makes every value visible, so no template can forget to."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return visible_text(value)
