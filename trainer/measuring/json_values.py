"""JSON files that are whole or not there."""

import json
import secrets
from pathlib import Path
from typing import Any


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def read_if_whole(path: Path) -> Any:
    """Returns what a file holds; None if it is not there or holds no JSON."""
    try:
        return read(path)
    except (OSError, ValueError):
        return None


def write(path: Path, document: Any) -> None:
    """Writes a file that takes its name only when it is whole."""
    unfinished = path.with_name(f".{path.name}-{secrets.token_hex(8)}.part")
    # A new file: a link that others put there would be followed.
    with unfinished.open("x", encoding="utf-8") as file:
        file.write(json.dumps(document, indent=2) + "\n")
    unfinished.replace(path)
