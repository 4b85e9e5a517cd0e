"""Copies of the project that differ only in one more task, declared in `trainer/tasks.py`."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
_FOLDERS = ("trainer", "components", "pipeline", "schema")
_TASKS = "TASKS = (AGE, GENDER, RACE)"


@dataclass(frozen=True)
class PlantedTree:
    """A copy of the project; other processes run its code."""

    folder: Path

    def run(self, *arguments: object, code: int = 0) -> str:
        """Runs Python in the copy, asserts its exit code and returns its output."""
        ended = subprocess.run(
            [sys.executable, *map(str, arguments)],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(self.folder), "COLUMNS": "100"},
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        assert ended.returncode == code, ended.stdout
        return ended.stdout

    def utkface(self, *arguments: object, code: int = 0) -> str:
        return self.run("-c", "from pipeline.cli import main; main()", *arguments, code=code)


def copy_project(folder: Path) -> PlantedTree:
    """Copies the code of the project to a new folder."""
    for name in _FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return PlantedTree(folder)


def plant(folder: Path, declaration: str) -> PlantedTree:
    """Copies the project and declares a task in the copy.

    Args:
      folder: the folder of the copy; must not exist.
      declaration: the expression that declares the task, added to `trainer/tasks.py`.
    """
    tree = copy_project(folder)
    tasks = folder / "trainer" / "tasks.py"
    text = tasks.read_text()
    assert text.count(_TASKS) == 1
    further = f"_FURTHER = {declaration}\nTASKS = (AGE, GENDER, RACE, _FURTHER)"
    tasks.write_text(text.replace(_TASKS, further))
    return tree
