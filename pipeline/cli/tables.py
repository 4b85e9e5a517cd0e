"""Tables on the terminal."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from components.html.visible import visible_text


def print_table(headers: Sequence[str], rows: Iterable[Sequence[str | datetime | None]]) -> None:
    """Prints rows; a cell that is too wide wraps, so that no text is lost."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for header in headers:
        table.add_column(header, overflow="fold")
    for row in rows:
        # As Text, because a name may look like rich's markup.
        texts = (
            f"{cell:%Y-%m-%d %H:%M:%S}" if isinstance(cell, datetime) else cell or ""
            for cell in row
        )
        table.add_row(*(Text(visible_text(text)) for text in texts))
    Console().print(table)
