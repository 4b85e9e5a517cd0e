"""Prints how large the packages are, and how deep their imports go.

    python benchmarks/house.py            # the working tree
    python benchmarks/house.py COMMIT     # a commit, to compare with

A floor is a level of imports among the modules and folders of one package.
"""

import argparse
import ast
import subprocess
from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[1]
PACKAGES = ("pipeline", "components", "trainer")


def git(*arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout


def read_sources(commit: str | None) -> dict[PurePosixPath, str]:
    """Returns the source of each module in the packages."""
    patterns = [f"{package}/*.py" for package in PACKAGES]
    if commit is None:
        paths = map(PurePosixPath, git("ls-files", *patterns).splitlines())
        return {path: (ROOT / path).read_text(encoding="utf-8") for path in paths}
    names = git("ls-tree", "-r", "--name-only", commit, *PACKAGES).splitlines()
    return {
        PurePosixPath(name): git("show", f"{commit}:{name}")
        for name in names
        if name.endswith(".py")
    }


def imports(text: str) -> set[str]:
    """Returns the full names of the imports of a module."""
    return {
        f"{node.module}.{alias.name}"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }


def floors(sources: Mapping[PurePosixPath, str], package: str) -> int:
    """Returns the length of the longest import chain among the modules and folders of a package."""
    below: dict[str, set[str]] = defaultdict(set)
    for path, text in sources.items():
        here, *rest = path.with_suffix("").parts
        if here == package and rest != ["__init__"]:
            names = (name.split(".") for name in imports(text))
            below[rest[0]] |= {name[1] for name in names if name[0] == package} - {rest[0]}

    @cache
    def height(name: str) -> int:
        return 1 + max((height(other) for other in below[name] if other in below), default=0)

    try:
        return max(map(height, [*below]))
    except RecursionError:
        return 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("commit", nargs="?")
    sources = read_sources(parser.parse_args().commit)
    print("| package | files | lines | floors | largest folder |\n|---|---:|---:|---:|---|")
    for package in PACKAGES:
        own = {path: text for path, text in sources.items() if path.parts[0] == package}
        modules = (path.parent for path in own if path.name != "__init__.py")
        ((folder, count),) = Counter(modules).most_common(1)
        lines = sum(text.count("\n") for text in own.values())
        height = floors(own, package) or "a circle"
        print(f"| {package} | {len(own)} | {lines:,} | {height} | {folder}: {count} |")
    print(
        f"| all | {len(sources)} | {sum(text.count(chr(10)) for text in sources.values()):,} | | |"
    )


if __name__ == "__main__":
    main()
