"""Task names and classes are spelled only in `trainer/tasks.py` and a few listed modules."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from trainer.tasks import TASKS

ROOT = Path(__file__).parents[1]
PACKAGES = ("trainer", "components", "pipeline")
NAMES = {task.name for task in TASKS}
WORDS = NAMES | {word for task in TASKS for word in (*task.classes, *task.people)}
CONSTANTS = {name.upper() for name in NAMES}
# Modules that may name a task, with the reason.
ALLOWED = {
    "trainer/tasks.py": "declares them",
    "trainer/groups.py": "declares the bands of one, and which groups are crossed",
    "trainer/measures/columns.py": "an accuracy of people from an age on",
    "pipeline/tools/sample/traits.py": "what a label looks like when it is drawn",
    "components/fairness/settings.py": "the name of a field of a task",
    "pipeline/span_choice.py": "the age of a file",
    "pipeline/operations/schedule/job.py": "the age of a file",
    "trainer/losses/age_losses.py": "a field of losses in saved models",
}


def is_docstring(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    return isinstance(parents.get(node), ast.Expr)


def spelled(text: str) -> Iterator[str]:
    """Yields the places where the strings, imports or attributes of a module name a task."""
    tree = ast.parse(text)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            words = set(re.split(r"[^A-Za-z]+", node.value)) & WORDS
            if words and not is_docstring(node, parents):
                yield f"{node.lineno}: {', '.join(sorted(words))} in {node.value!r}"
        elif isinstance(node, ast.ImportFrom) and node.module == "trainer.tasks":
            for name in {alias.name for alias in node.names} & CONSTANTS:
                yield f"{node.lineno}: import of {name}"
        elif isinstance(node, ast.Attribute) and node.attr.split("_")[0] in CONSTANTS:
            yield f"{node.lineno}: {node.attr}"


def modules() -> list[str]:
    paths = (path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return sorted(str(path.relative_to(ROOT)) for path in paths)


@pytest.mark.parametrize("module", sorted(set(modules()) - ALLOWED.keys()))
def test_a_module_names_no_task(module: str) -> None:
    assert list(spelled((ROOT / module).read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("module", ALLOWED)
def test_every_exception_is_needed(module: str) -> None:
    assert list(spelled((ROOT / module).read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("KEY = 'gender'", "1: gender in 'gender'"),
        ("x = f'{y}_race_accuracy'", "1: race in '_race_accuracy'"),
        ("NAMES = ('White', 'Black')", "1: White in 'White'"),
        ("from trainer.tasks import RACE", "1: import of RACE"),
        ("x = features.GENDER_WORDS", "1: GENDER_WORDS"),
    ],
)
def test_a_task_name_is_detected(text: str, found: str) -> None:
    assert next(spelled(text)) == found


def test_docstrings_and_words_that_contain_a_name_are_allowed() -> None:
    assert list(spelled('"""Of race and gender."""\nx = "embrace the average page"')) == []
