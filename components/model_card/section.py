"""A section of a model card, before it becomes Markdown or a page."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.html.table import Table


@dataclass(frozen=True)
class Section:
    """A section of the card.

    Attributes:
      title: title of the section.
      paragraphs: paragraphs of text.
      points: items of a list.
      table: table below the text; None if there is none.
      details: collapsed table with only its title visible; None if there is none.
    """

    title: str
    paragraphs: Sequence[str] = ()
    points: Sequence[str] = ()
    table: Table | None = None
    details: Table | None = None
