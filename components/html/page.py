"""Fills in the templates of pages that need nothing but themselves: no script, no network."""

from typing import Any

import jinja2
from markupsafe import Markup

from components.html import words
from components.html.visible import visible_name, visible_text

_OWN_PACKAGE = "components.html"


def render(template: str, *, package: str, **values: Any) -> str:
    """Fills in a template.

    Whatever is put into it is escaped, and what cannot be seen of it is made visible, unless
    it is Markup. In the template `name` sets off a name that others chose, `number` writes
    1,234, and `sentence_case`, `share_of` and `counted` are those of `words`.

    Args:
      template: a file of the package's folder `templates`, or of this one's: `base.html` is
        the frame that every page extends, `tables.html` has macros.
      package: the package whose template it is.
      **values: what the template asks for; all of it must be given.

    Raises:
      jinja2.UndefinedError: if the template asks for something else.
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
    environment.filters["name"] = visible_name
    environment.filters["number"] = words.number
    environment.filters["sentence_case"] = words.sentence_case
    environment.globals.update(share_of=words.share_of, counted=words.counted)
    return environment.get_template(template).render(values)


def _visible(value: Any) -> Any:
    """Stands between each value and the page, so that no template can forget it."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return visible_text(value)
