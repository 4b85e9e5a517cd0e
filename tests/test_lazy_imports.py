"""Only slow packages are imported inside functions, to keep commands fast to start."""

import ast
import functools
import subprocess
import sys
from collections.abc import Iterator, Mapping

import pytest

from tests.test_layering import imports, own_modules

# Packages that take 0.1 s or more to import, or that are optional.
SLOW = {
    "apache_beam",
    "keras",
    "kfp",
    "kubernetes",
    "matplotlib",
    "ml_metadata",
    "numpy",
    "onnxruntime",
    "pandas",
    "pyarrow",
    "pyarrow_hotfix",
    "s3fs",
    "tensorflow",
    "tensorflow_data_validation",
    "tensorflow_model_analysis",
    "tensorflow_transform",
    "tf2onnx",
    "tfx",
    "zstandard",
}


def in_functions(tree: ast.AST) -> Iterator[ast.AST]:
    """Yields the nodes inside functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for statement in node.body:
                yield from ast.walk(statement)


def at_load(node: ast.AST) -> Iterator[ast.AST]:
    """Yields the nodes that run on import."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if not (isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"):
            yield child
            yield from at_load(child)


def quick_imports_in_functions(texts: Mapping[str, str]) -> list[str]:
    """Returns the imports in functions that belong at the top of their module.

    Args:
      texts: the sources of the modules, keyed by full name.
    """
    trees = {module: ast.parse(text) for module, text in texts.items()}
    loaded = {module: set(imports(module, at_load(tree))) for module, tree in trees.items()}

    def own(name: str) -> str | None:
        """Returns the module that defines a name."""
        while name:
            if name in trees or f"{name}.__init__" in trees:
                return name if name in trees else f"{name}.__init__"
            name = name.rpartition(".")[0]
        return None

    @functools.cache
    def slow(name: str) -> bool:
        """Returns whether importing a name imports a slow package."""
        waiting, seen = [name], set()
        while waiting:
            name = waiting.pop()
            module = own(name)
            if module is None:
                if name.split(".")[0] in SLOW:
                    return True
            elif module not in seen:
                seen.add(module)
                waiting += loaded[module]
        return False

    return sorted(
        {
            f"{module} imports {name}"
            for module, tree in trees.items()
            for name in imports(module, in_functions(tree))
            if not slow(name)
        }
    )


def test_fast_imports_are_at_the_top_of_the_module() -> None:
    assert quick_imports_in_functions(own_modules()) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("def f():\n    import rich", ["p.a imports rich"]),
        ("def f():\n    from p import quick", ["p.a imports p.quick"]),
        ("def f():\n    from p.middle import x", []),
        ("def f():\n    import tensorflow as tf", []),
        ("import rich\nfrom p import quick", []),
        ("if TYPE_CHECKING:\n    import rich", []),
    ],
)
def test_a_fast_import_in_a_function_is_detected(text: str, found: list[str]) -> None:
    texts = {
        "p.a": text,
        "p.quick": "def f():\n    import keras",
        "p.middle": "from p import heavy",
        "p.heavy": "import keras",
    }
    assert [line for line in quick_imports_in_functions(texts) if "p.a " in line] == found


def test_only_tests_of_users_pipelines_import_the_whole_of_tfx() -> None:
    # tfx.v1 loads the client of Google Cloud: four seconds and 150 MB in each process.
    found = [
        module
        for module, text in own_modules().items()
        if any(name.startswith("tfx.v1") for name in imports(module, ast.walk(ast.parse(text))))
    ]
    assert found == []


@pytest.mark.slow
def test_a_run_does_not_load_the_client_of_google_cloud() -> None:
    code = (
        "import sys, pipeline.engines.local.runner; print('google.cloud.aiplatform' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"
