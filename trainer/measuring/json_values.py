"""JSON files that are written atomically."""

import json
import secrets
from pathlib import Path
from typing import Any


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def read_if_complete(path: Path) -> Any:
    """Returns the content of a file; None if it is missing or not JSON."""
    try:
        return read(path)
    except (OSError, ValueError):
        return None


def write(path: Path, document: Any) -> None:
    """Writes a file atomically: under another name, then renamed."""
    unfinished = path.with_name(f".{path.name}-{secrets.token_hex(8)}.part")
    # Mode "x" refuses an existing path, and so does not follow links planted by others.
    with unfinished.open("x", encoding="utf-8") as file:
        file.write(json.dumps(document, indent=2) + "\n")
    unfinished.replace(path)
