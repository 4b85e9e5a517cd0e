"""Applies the changes shown in the guides in docs/ to a copy of the project."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def read_changes(guide: str) -> list[tuple[str, list[str], list[str]]]:
    """Returns a guide's changes: each file, its old lines and its new lines."""
    text = (ROOT / "docs" / guide).read_text(encoding="utf-8")
    changes = []
    for block in re.findall(r"^```diff\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        removed, added, *lines = block.splitlines()
        path = removed.removeprefix("--- a/")
        assert added == f"+++ b/{path}" and lines[0].startswith("@@")
        before = [line[1:] for line in lines[1:] if line[:1] != "+"]
        after = [line[1:] for line in lines[1:] if line[:1] != "-"]
        changes.append((path, before, after))
    return changes


def apply_guide(guide: str, folder: Path) -> set[str]:
    """Applies a guide's changes to a copy of the project; returns the changed files."""
    changes = read_changes(guide)
    for path, before, after in changes:
        file = folder / path
        text, old = file.read_text(encoding="utf-8"), "\n".join(before) + "\n"
        assert text.count(old) == 1, f"{guide}: {path} has not these lines, once:\n{old}"
        file.write_text(text.replace(old, "\n".join(after) + "\n"), encoding="utf-8")
    return {path for path, _, _ in changes}
