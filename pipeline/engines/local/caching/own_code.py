"""Finds the code of ours that a component reaches, without importing it."""

import ast
import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

PACKAGES = ("trainer", "components", "pipeline")
_ROOT = Path(__file__).parents[4]
_NAME = re.compile(rf"(?:{'|'.join(PACKAGES)})(?:\.\w+)+")
_CACHES = "__pycache__"


class OwnCode:
    """The modules of this project, and what they import.

    Files are read once: use an instance for one run only.
    """

    def __init__(self, root: Path = _ROOT) -> None:
        """Opens the code.

        Args:
          root: the folder of the packages.
        """
        self._root = root
        self._references: dict[str, frozenset[str]] = {}
        self._digests: dict[str, str] = {}

    def reach(self, names: Iterable[str]) -> frozenset[str]:
        """Returns the modules that dotted names stand for, and all that they import.

        Imports inside functions count, and so do strings that are the name of a module or of
        something in it: TFX and our worker processes import by such names.

        Args:
          names: names of modules, functions or classes; names of other projects are ignored.
        """
        reached: set[str] = set()
        left = [*names]
        while left:
            for module in self._modules_of(left.pop()):
                if module not in reached:
                    reached.add(module)
                    left += self._references_of(module)
        return frozenset(reached)

    def digest(self, modules: Iterable[str]) -> str:
        """Returns the SHA-256 of modules and of the files in their packages, such as templates."""
        digest = hashlib.sha256()
        for module in sorted(modules):
            digest.update(f"{module} {self._digest_of(module)}\n".encode())
        return digest.hexdigest()

    def _modules_of(self, name: str) -> Iterator[str]:
        """Yields the packages and the module in a dotted name, which Python imports in this order.

        The name may end in something that is no module.
        """
        parts = name.split(".")
        if parts[0] not in PACKAGES:
            return
        for end in range(1, len(parts) + 1):
            module = ".".join(parts[:end])
            if self._source_of(module) is None:
                return
            yield module

    def _source_of(self, module: str) -> Path | None:
        path = self._root.joinpath(*module.split("."))
        sources = (path / "__init__.py", path.with_suffix(".py"))
        return next(filter(Path.is_file, sources), None)

    def _references_of(self, module: str) -> frozenset[str]:
        if module not in self._references:
            source = self._source_of(module)
            assert source is not None, module
            is_package = source.name == "__init__.py"
            tree = ast.parse(source.read_bytes())
            self._references[module] = frozenset(_references(tree, module, is_package=is_package))
        return self._references[module]

    def _digest_of(self, module: str) -> str:
        if module not in self._digests:
            source = self._source_of(module)
            assert source is not None, module
            digest = hashlib.sha256()
            for path in [source, *_data_files(source)]:
                content = hashlib.sha256(path.read_bytes()).hexdigest()
                digest.update(f"{path.relative_to(self._root)} {content}\n".encode())
            self._digests[module] = digest.hexdigest()
        return self._digests[module]


def names_in(text: str) -> Iterator[str]:
    """Yields the dotted names in a text that start with a package of ours."""
    yield from _NAME.findall(text)


def _references(tree: ast.AST, module: str, *, is_package: bool) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = module.split(".") if is_package else module.split(".")[:-1]
            above = parents[: len(parents) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            # Such as "components.storage.object_store:register".
            name = node.value.replace(":", ".", 1)
            if _NAME.fullmatch(name):
                yield name


def _data_files(source: Path) -> Iterator[Path]:
    """Yields the files of a package that are no code, also in folders that are no package."""
    if source.name != "__init__.py":
        return
    folders = [source.parent]
    while folders:
        for path in sorted(folders.pop().iterdir()):
            if path.is_dir():
                if path.name != _CACHES and not (path / "__init__.py").exists():
                    folders.append(path)
            elif path.suffix not in (".py", ".pyc"):
                yield path
