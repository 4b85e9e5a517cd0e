"""Text for the terminal, in which names that others chose are only text.

Rich would read `[old]` in a name as markup and `:smile:` as an emoji, and a terminal obeys escape
codes and the characters that turn the direction of a line.
"""

import click
from rich.console import Console
from rich.text import Text

from components.html.visible import visible_text


def visible_lines(text: str) -> str:
    """Returns lines in which each character that shows nothing is an escape; line ends stay."""
    return "\n".join(map(visible_text, text.split("\n")))


def print_text(console: Console, text: str, style: str = "") -> None:
    """Prints text on a rich console as it is, without breaking a long line."""
    console.print(Text(visible_lines(text), style=style), soft_wrap=True)


def echo(text: str, *, err: bool = False) -> None:
    """Prints text for people, by click."""
    click.echo(visible_lines(text), err=err)
