"""A table for HTML pages, drawn by the macro `table` in components.html.templates."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """A cell.

    Attributes:
      text: value.
      notes: small lines below the value.
      style: CSS classes of base.css: `code`, `wraps`, `warn`, `stop`, `framed`, `hatched`.
      shade: darkness of the background, from 0 to 1.
      bar: length of a bar below the value, from 0 to 1; None for no bar.
    """

    text: str
    notes: Sequence[str] = ()
    style: str = ""
    shade: float = 0.0
    bar: float | None = None


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of cells; the first cell of a row names it.

    Attributes:
      title: read by screen readers, and visible above the table if `has_caption`.
      headings: a heading for each column.
      rows: cells, or only their text.
      numbers: headings of the right-aligned columns.
      stacks: whether a phone shows each row as a block of cells. Otherwise, a table wider than the
        screen scrolls, and its first column stays visible.
      has_caption: whether the title is visible.
    """

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Cell | str]]
    numbers: Collection[str] = ()
    stacks: bool = True
    has_caption: bool = False

    @property
    def cells(self) -> list[list[Cell]]:
        """The rows, with text converted to cells."""
        return [
            [Cell(cell) if isinstance(cell, str) else cell for cell in row] for row in self.rows
        ]
