"""The repair of the TFX handler: when it applies, and that it never interferes."""

import importlib.metadata
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.engines.kubeflow.tfx_cli.repair import MODULE, START_LINE, find_spec

BROKEN = "from tfx import runner_of_another_time"

Ended = subprocess.CompletedProcess[str]


@pytest.fixture
def tfx_with(tmp_path: Path) -> Callable[..., Ended]:
    """Imports the module from a `tfx` whose handler has the given text, in a new interpreter."""

    def run(handler: str, *, options: tuple[str, ...] = (), line: str = "", **env: str) -> Ended:
        folder = tmp_path / "tfx" / "tools" / "cli" / "handler"
        folder.mkdir(parents=True, exist_ok=True)
        for package in (folder, *folder.parents[:3]):
            (package / "__init__.py").touch()
        (folder / "kubeflow_handler.py").write_text(handler)
        code = (
            f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{line}\n"
            f"import {MODULE} as module\nprint(module.KubeflowHandler.__module__)"
        )
        return subprocess.run(
            [sys.executable, *options, "-c", code],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env={**os.environ, **env},
        )

    return run


def last_line(ended: Ended) -> str:
    return ended.stderr.strip().rpartition("\n")[2]


def test_the_start_line_is_a_line_that_python_runs_at_startup() -> None:
    assert START_LINE.startswith("import ") and START_LINE.isascii()
    assert START_LINE.count("\n") == 1 and START_LINE.endswith("\n")


def test_the_start_line_is_installed_unchanged() -> None:
    files = importlib.metadata.distribution("utkface-tfx").files
    (line,) = [file for file in files if file.name == "utkface_tfx_repair.pth"]
    assert line.read_text() == START_LINE


def test_startup_adds_one_finder_and_imports_no_module_of_ours() -> None:
    code = (
        "import sys; print([finder.__name__ for finder in sys.meta_path"
        " if getattr(finder, '__name__', '').startswith('Utkface')],"
        " [name for name in sys.modules if name.partition('.')[0] == 'pipeline'])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (ended.stdout, ended.stderr) == ("['UtkfaceTfxRepair'] []\n", "")


@pytest.mark.slow
def test_the_real_tfx_gets_our_handler_and_prints_a_note() -> None:
    code = f"import {MODULE} as module; print(module.KubeflowHandler.__module__, module.__name__)"
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True
    )
    assert ended.stdout == f"pipeline.engines.kubeflow.tfx_cli.handler {MODULE}\n"
    (told,) = [line for line in ended.stderr.splitlines() if "utkface" in line]
    assert told == (
        "utkface-tfx: TFX's handler for Kubeflow cannot be imported (cannot import name "
        "'kubeflow_dag_runner' from 'tfx.orchestration.kubeflow'); ours takes its place. "
        "UTKFACE_TFX_REPAIR=off prevents it."
    )


def test_a_working_handler_is_not_replaced(tfx_with) -> None:
    ended = tfx_with("class KubeflowHandler: pass")
    assert (ended.stdout, ended.stderr) == (f"{MODULE}\n", "")


@pytest.mark.parametrize("switch", ["off", "OFF"])
def test_the_tfx_error_is_shown_when_the_repair_is_off(tfx_with, switch) -> None:
    ended = tfx_with(BROKEN, UTKFACE_TFX_REPAIR=switch)
    assert ended.returncode == 1
    assert last_line(ended).startswith("ImportError: cannot import name 'runner_of_another_time'")
    assert "utkface-tfx" not in ended.stderr


@pytest.mark.parametrize("switch", ["", "on"])
def test_any_other_value_keeps_the_repair_on(tfx_with, switch) -> None:
    ended = tfx_with(BROKEN, UTKFACE_TFX_REPAIR=switch)
    # Our handler is imported and fails too, because this `tfx` has nothing else.
    assert "pipeline/engines/kubeflow/tfx_cli/handler.py" in ended.stderr


def test_the_tfx_error_is_shown_when_the_sdk_is_missing(tfx_with) -> None:
    ended = tfx_with("raise ModuleNotFoundError('No module named kfp', name='kfp')")
    assert last_line(ended) == "ModuleNotFoundError: No module named kfp"
    assert "pipeline/engines/kubeflow/tfx_cli/handler.py" not in ended.stderr


def test_an_error_other_than_an_import_error_is_passed_on(tfx_with) -> None:
    ended = tfx_with("raise RuntimeError('planted')")
    assert ended.returncode == 1 and last_line(ended) == "RuntimeError: planted"
    assert "utkface-tfx" not in ended.stderr


@pytest.mark.parametrize("text", [None, "raise RuntimeError('not ours')", "def broken("])
def test_nothing_changes_when_our_package_is_missing_or_shadowed(tfx_with, tmp_path, text) -> None:
    # Without site-packages, Python finds neither the .pth file nor our package.
    if text:
        (tmp_path / "pipeline.py").write_text(text)
    ended = tfx_with(BROKEN, options=("-I", "-S"), line=START_LINE)
    assert last_line(ended).startswith("ImportError: cannot import name 'runner_of_another_time'")
    assert "pipeline" not in ended.stderr
    ended = tfx_with("class KubeflowHandler: pass", options=("-I", "-S"), line=START_LINE)
    assert (ended.stdout, ended.stderr) == (f"{MODULE}\n", "")


def test_the_start_line_adds_no_second_finder() -> None:
    code = f"import sys\nbefore = list(sys.meta_path)\n{START_LINE}print(sys.meta_path == before)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (ended.stdout, ended.stderr) == ("True\n", "")


def test_a_tfx_without_the_module_is_not_repaired(tmp_path) -> None:
    assert find_spec(MODULE, [str(tmp_path)]) is None


@pytest.mark.parametrize("name", ["json", "tfx", f"{MODULE}_v2", "tfx.tools.cli.handler"])
def test_other_modules_are_not_repaired(name: str) -> None:
    assert find_spec(name, None) is None


def test_the_loader_provides_the_source_for_tracebacks(tmp_path) -> None:
    (tmp_path / "kubeflow_handler.py").write_text("X = 1\n")
    spec = find_spec(MODULE, [str(tmp_path)])
    assert spec.loader.get_source(MODULE) == "X = 1\n"
    assert spec.origin == str(tmp_path / "kubeflow_handler.py")
