"""A table that shows every column: the macro `table` of components.html.templates draws it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """One cell.

    Attributes:
      text: its value.
      notes: what is written below it, a small line each.
      style: CSS classes of base.css: `code`, `wraps`, `warn`, `stop`, `framed`, `hatched`.
      shade: how dark it is, from 0 to 1.
      bar: the length of a bar below it, from 0 to 1; None for no bar.
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
      title: what it shows; read out, and written above the table if `has_caption`.
      headings: one for each column.
      rows: cells, or their text alone.
      numbers: the headings of the columns that are aligned to the right.
      stacks: whether a phone shows each row as a block, one cell below the other. Otherwise a
        table that is wider than the screen scrolls, and its first column stays in sight.
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
        """The rows, with a Cell in each place."""
        return [[Cell(one) if isinstance(one, str) else one for one in row] for row in self.rows]
