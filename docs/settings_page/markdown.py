"""Text, values and tables as the page writes them."""

import re
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic_core import to_jsonable_python

ROOT = Path(__file__).parents[2]
_WIDTH = 120


def wrap(text: str, *, first: str = "", rest: str = "", width: int = _WIDTH) -> str:
    return textwrap.fill(
        text,
        width,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def link(text: str) -> str:
    """Returns a text with links to the documents that it names, relative to docs/."""
    text = re.sub(r"\bschema/[\w-]+\.md", r"[\g<0>](../\g<0>)", text)
    return re.sub(r"\bdocs/([\w-]+\.md)", r"[\g<0>](\1)", text)


def join(words: list[str], last: str = "or") -> str:
    """Returns words as a list in a sentence."""
    *others, final = words
    return f"{', '.join(others)} {last} {final}" if others else final


def table(header: list[str], rows: list[list[str]], *, numbers: int) -> str:
    """Returns a table whose last columns are numbers."""
    rule = "|---" * (len(header) - numbers) + "|---:" * numbers + "|"
    first, *others = (f"| {' | '.join(cells)} |" for cells in [header, *rows])
    return "\n".join([first, rule, *others])


def flow(value: Any) -> str:
    """Returns a value as YAML in one line; paths of the project are relative."""
    plain = _relative(to_jsonable_python(value, fallback=dict))
    text = yaml.safe_dump(plain, default_flow_style=True, sort_keys=False, width=10**6)
    return text.removesuffix("\n").removesuffix("\n...")


def _relative(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _relative(one) for key, one in value.items()}
    return value.removeprefix(f"{ROOT}/") if isinstance(value, str) else value
