"""Copies of the project in which `trainer/tasks.py`, and nothing else, declares one more task."""

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
    """A copy, whose code other processes run."""

    folder: Path

    def run(self, *arguments: object, code: int = 0) -> str:
        """Runs Python there, which must end with an exit code, and returns what it prints."""
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
    """Copies the project's code to a new folder."""
    for name in _FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return PlantedTree(folder)


def plant(folder: Path, declaration: str) -> PlantedTree:
    """Copies the project, and declares a task in the copy.

    Args:
      folder: a new one.
      declaration: of the task, an expression for the end of `trainer/tasks.py`.
    """
    tree = copy_project(folder)
    tasks = folder / "trainer" / "tasks.py"
    text = tasks.read_text()
    assert text.count(_TASKS) == 1
    further = f"_FURTHER = {declaration}\nTASKS = (AGE, GENDER, RACE, _FURTHER)"
    tasks.write_text(text.replace(_TASKS, further))
    return tree
