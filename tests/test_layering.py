"""The allowed directions of imports, and what a module may do on import."""

import ast
import graphlib
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("trainer", "components", "pipeline")
# Packages that each package may not import; longer names come before shorter ones.
FORBIDDEN = {
    "trainer.tasks": PACKAGES,
    "trainer.groups": PACKAGES,
    "trainer.features": PACKAGES,
    "trainer": ("components", "pipeline"),
    "components": ("pipeline",),
    "pipeline": (),
}
# Exceptions to FORBIDDEN.
ALLOWED = {
    "trainer.groups": ("trainer.tasks.",),
    "trainer.features": ("trainer.tasks.", "trainer.groups."),
}
FOLDERS = {".ci", ".github", "benchmarks", "components", "docs", "kubeflow", "pipeline"}
FOLDERS |= {"requirements", "schema", "tests", "trainer"}
FILES = {".gitignore", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md"}
FILES |= {"CITATION.cff", "SECURITY.md", "pyproject.toml", "setup.py"}


def imports(module: str, nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yields the full names that the nodes of a module import."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = module.split(".")[: -node.level] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def run_when_loaded(node: ast.AST) -> Iterator[ast.AST]:
    """Yields the nodes evaluated on import: all but the bodies of functions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            evaluated = [*child.decorator_list, *child.args.defaults, *child.args.kw_defaults]
            for part in filter(None, evaluated):
                yield part
                yield from run_when_loaded(part)
        elif not isinstance(child, ast.Lambda):
            yield child
            yield from run_when_loaded(child)


def offences(module: str, text: str) -> list[str]:
    """Returns the violations of the house style in a module."""
    tree = ast.parse(text)
    names = list(imports(module, ast.walk(tree)))
    layer = next((key for key in FORBIDDEN if f"{module}.".startswith(f"{key}.")), "")
    found = [
        f"{module} imports {name}"
        for name in names
        if name.split(".")[0] in FORBIDDEN.get(layer, ())
        and not f"{name}.".startswith(ALLOWED.get(layer, ()))
    ]
    attributes = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    if attributes & {"tf.keras", "tensorflow.keras"} or any(
        f"{name}.".startswith("tensorflow.keras.") for name in names
    ):
        found.append(f"{module} uses the Keras of TensorFlow")
    touched = {ast.unparse(node) for node in run_when_loaded(tree) if isinstance(node, ast.expr)}
    if layer and touched & {"os.environ", "environ", "os.putenv", "os.getenv", "getenv"}:
        found.append(f"{module} touches the environment when it is loaded")
    return found


def needed_when_run(node: ast.AST) -> Iterator[ast.AST]:
    """Yields the nodes of a tree, except those that only type checkers read."""
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"):
            yield child
            yield from needed_when_run(child)


def edges_among_siblings(texts: Mapping[str, str]) -> dict[str, dict[str, set[str]]]:
    """Returns, for each package, the imports among its modules and folders.

    Args:
      texts: the sources of the modules, keyed by full name.
    """
    edges: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for module, text in texts.items():
        for name in imports(module, needed_when_run(ast.parse(text))):
            here, there = module.split("."), name.split(".")
            depth = next(
                (at for at, (a, b) in enumerate(zip(here, there, strict=False)) if a != b), None
            )
            if depth:
                edges[".".join(here[:depth])][here[depth]].add(there[depth])
    return edges


def cycles(texts: Mapping[str, str]) -> Iterable[str]:
    """Yields the import cycles among the modules and folders of each package."""
    for package, graph in edges_among_siblings(texts).items():
        try:
            graphlib.TopologicalSorter(graph).prepare()
        except graphlib.CycleError as error:
            yield f"{package}: {' <- '.join(error.args[1])}"


# Private modules of other packages.
PRIVATE_MODULES = ("keras.src", "tensorflow.python", "kfp._")
# Owners whose private attributes may be used.
OWN = {"self", "cls", "other"}
# Public by documentation, despite the underscore.
PUBLIC = {"_asdict", "_replace", "_fields", "_exit"}


def private_uses(module: str, text: str) -> list[str]:
    """Returns the private names of other modules and objects that a module uses."""
    tree = ast.parse(text)
    found = [name for name in imports(module, ast.walk(tree)) if name.startswith(PRIVATE_MODULES)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and re.match(r"_[a-z]", node.attr):
            owner = ast.unparse(node.value)
            if owner not in OWN and not owner.startswith("super(") and node.attr not in PUBLIC:
                found.append(f"{owner}.{node.attr}")
    return found


def test_only_compat_modules_use_private_names_of_others() -> None:
    uses = {
        module: private_uses(module, text)
        for module, text in own_modules().items()
        if ".compat." not in module
    }
    assert {module: found for module, found in uses.items() if found} == {}


@pytest.mark.parametrize(
    ("text", "use"),
    [
        ("model._symbolic_build()", "model._symbolic_build"),
        ("from keras.src.backend import trainer", "keras.src.backend.trainer"),
    ],
)
def test_a_private_use_is_detected(text: str, use: str) -> None:
    assert private_uses("pipeline.x", text) == [use]


# Flags that would tell a function which engine runs it.
ENGINE_FLAGS = {"vertex", "by_clock", "is_kubeflow", "on_kubeflow", "local"}


def engine_flags(text: str) -> list[str]:
    """Returns the parameters that tell a function which engine runs it."""
    return [
        argument.arg
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for argument in (*node.args.args, *node.args.kwonlyargs)
        if argument.arg in ENGINE_FLAGS
        and argument.annotation is not None
        and ast.unparse(argument.annotation) == "bool"
    ]


def modules() -> list[Path]:
    folders = (*PACKAGES, "tests", "kubeflow", "benchmarks")
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def own_modules() -> dict[str, str]:
    """Returns the sources of the packages' modules, keyed by full name."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): path.read_text(encoding="utf-8")
        for path in modules()
        if path.relative_to(ROOT).parts[0] in PACKAGES
    }


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_what_its_layer_allows(path: Path) -> None:
    parts = path.relative_to(ROOT).with_suffix("").parts
    # `__init__` stays in the name, so that relative imports resolve correctly.
    assert offences(".".join(parts), path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("module", "text", "offence"),
    [
        ("trainer.tasks", "from trainer import features", "imports trainer.features"),
        ("trainer.features", "import trainer.losses", "imports trainer.losses"),
        ("trainer.features", "from . import losses", "imports trainer.losses"),
        ("trainer.losses", "from pipeline import config", "imports pipeline.config"),
        ("trainer.models.seed", "def f():\n    import components.errors", "components.errors"),
        ("trainer.models.seed", "from ...components import errors", "imports components.errors"),
        ("components.errors", "from pipeline.config import x", "imports pipeline.config.x"),
        ("trainer.losses", "import tensorflow as tf\nx = tf.keras.layers", "the Keras of"),
        ("tests.test_x", "from tensorflow import keras", "the Keras of"),
        ("pipeline.x", "import tensorflow.keras.layers as l", "the Keras of"),
        ("pipeline.x", "from tensorflow.keras.layers import Dense", "the Keras of"),
        ("pipeline.x", "import os\nos.environ['A'] = 'b'", "touches the environment"),
        ("pipeline.x", "import os\nos.environ.setdefault('A', 'b')", "touches the environment"),
        ("pipeline.x", "import os\nif os.getenv('A'):\n    B = 1", "touches the environment"),
        ("trainer.x", "import os\nclass A:\n    b = os.environ['c']", "touches the environment"),
        ("trainer.x", "import os\ndef f(a=os.environ['c']): ...", "touches the environment"),
        ("trainer.x", "from os import environ\na = environ['b']", "touches the environment"),
    ],
)
def test_a_violation_is_detected(module: str, text: str, offence: str) -> None:
    (found,) = offences(module, text)
    assert found.startswith(module)
    assert offence in found


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("trainer.losses", "from trainer import features\nfrom . import models\nimport keras"),
        ("trainer.features", "from trainer.tasks import TASKS\nimport trainer.tasks"),
        ("components.errors", "from trainer import features"),
        ("pipeline.config", "import trainer.losses, components.errors"),
        ("trainer.x", "import pipelines, components_of_others"),
        ("pipeline.x", "import os\ndef f():\n    os.environ['A'] = 'b'\ng = lambda: os.environ"),
        ("trainer.x", "import tf_keras\nx = keras.layers  # tf.keras"),
    ],
)
def test_allowed_code_has_no_violations(module: str, text: str) -> None:
    assert offences(module, text) == []


def test_packages_have_no_import_cycles() -> None:
    texts = own_modules()
    assert len(texts) > 300
    assert list(cycles(texts)) == []


@pytest.mark.parametrize(
    ("texts", "cycle"),
    [
        ({"p.a": "from p import b", "p.b": "def f():\n    import p.a"}, "p: "),
        ({"p.a.x": "from p.b import y", "p.b.y": "", "p.b.z": "from p.a import x"}, "p: "),
        ({"p.q.a": "from p.q import b", "p.q.b": "from . import a"}, "p.q: "),
    ],
)
def test_an_import_cycle_is_detected(texts: dict[str, str], cycle: str) -> None:
    (found,) = cycles(texts)
    assert found.startswith(cycle)


def test_type_checking_imports_are_ignored_in_cycles() -> None:
    texts = {"p.a": "from p import b", "p.b": "if TYPE_CHECKING:\n    from p import a"}
    assert list(cycles(texts)) == []


def test_no_function_has_an_engine_flag() -> None:
    flags = {module: engine_flags(text) for module, text in own_modules().items()}
    assert {module: found for module, found in flags.items() if found} == {}


def test_an_engine_flag_is_detected() -> None:
    assert engine_flags("def compile(*, vertex: bool = False): ...") == ["vertex"]


@pytest.mark.parametrize("folder", ["kubeflow", "schema", "tests"])
def test_folders_that_could_shadow_a_package_have_no_init_file(folder: str) -> None:
    assert list((ROOT / folder).rglob("__init__.py")) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_folder_of_a_package_has_an_init_file(package: str) -> None:
    folders = {path.parent for path in (ROOT / package).rglob("*.py")}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_the_top_level_has_only_the_listed_files_and_folders() -> None:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("the files are no git checkout, or git is not there")
    paths = listed.stdout.splitlines()
    assert {path.partition("/")[0] for path in paths if "/" in path} == FOLDERS
    assert {path for path in paths if "/" not in path} - FILES == set()
