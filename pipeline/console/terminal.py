"""Prints text that contains names chosen by others, without interpreting them.

Rich would read `[old]` in a name as markup and `:smile:` as an emoji. A terminal obeys escape
codes and characters that change the direction of text.
"""

import click
from rich.console import Console
from rich.text import Text

from components.html.visible import visible_text


def visible_lines(text: str) -> str:
    """Returns lines with each invisible character escaped; line ends stay."""
    return "\n".join(map(visible_text, text.split("\n")))


def print_text(console: Console, text: str, style: str = "") -> None:
    """Prints text on a rich console unchanged, without wrapping long lines."""
    console.print(Text(visible_lines(text), style=style), soft_wrap=True)


def echo(text: str, *, err: bool = False) -> None:
    """Prints text for people, with click."""
    click.echo(visible_lines(text), err=err)
