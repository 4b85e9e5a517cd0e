"""The repair of TFX's handler: when it acts, when it keeps out, that it is never in the way."""

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


def test_the_line_is_one_that_python_runs_at_its_start() -> None:
    assert START_LINE.startswith("import ") and START_LINE.isascii()
    assert START_LINE.count("\n") == 1 and START_LINE.endswith("\n")


def test_the_line_is_installed_as_it_is() -> None:
    files = importlib.metadata.distribution("utkface-tfx").files
    (line,) = [file for file in files if file.name == "utkface_tfx_repair.pth"]
    assert line.read_text() == START_LINE


def test_an_interpreter_that_starts_has_one_more_finder_and_nothing_of_ours() -> None:
    code = (
        "import sys; print([finder.__name__ for finder in sys.meta_path"
        " if getattr(finder, '__name__', '').startswith('Utkface')],"
        " [name for name in sys.modules if name.partition('.')[0] == 'pipeline'])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (ended.stdout, ended.stderr) == ("['UtkfaceTfxRepair'] []\n", "")


@pytest.mark.slow
def test_the_real_tfx_gets_our_handler_and_says_so() -> None:
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


def test_a_handler_that_can_be_imported_is_left_alone(tfx_with) -> None:
    ended = tfx_with("class KubeflowHandler: pass")
    assert (ended.stdout, ended.stderr) == (f"{MODULE}\n", "")


@pytest.mark.parametrize("switch", ["off", "OFF"])
def test_switched_off_tfxs_own_error_shows(tfx_with, switch) -> None:
    ended = tfx_with(BROKEN, UTKFACE_TFX_REPAIR=switch)
    assert ended.returncode == 1
    assert last_line(ended).startswith("ImportError: cannot import name 'runner_of_another_time'")
    assert "utkface-tfx" not in ended.stderr


@pytest.mark.parametrize("switch", ["", "on"])
def test_any_other_value_leaves_it_on(tfx_with, switch) -> None:
    ended = tfx_with(BROKEN, UTKFACE_TFX_REPAIR=switch)
    # Ours is looked for, and fails in turn on this `tfx`, which has nothing else.
    assert "pipeline/engines/kubeflow/tfx_cli/handler.py" in ended.stderr


def test_without_the_sdk_tfxs_own_error_shows(tfx_with) -> None:
    ended = tfx_with("raise ModuleNotFoundError('No module named kfp', name='kfp')")
    assert last_line(ended) == "ModuleNotFoundError: No module named kfp"
    assert "pipeline/engines/kubeflow/tfx_cli/handler.py" not in ended.stderr


def test_an_error_that_is_no_import_error_is_passed_on(tfx_with) -> None:
    ended = tfx_with("raise RuntimeError('planted')")
    assert ended.returncode == 1 and last_line(ended) == "RuntimeError: planted"
    assert "utkface-tfx" not in ended.stderr


@pytest.mark.parametrize("text", [None, "raise RuntimeError('not ours')", "def broken("])
def test_where_our_package_is_gone_or_hidden_nothing_changes(tfx_with, tmp_path, text) -> None:
    # Without the site's packages there is neither the .pth file nor anything of ours.
    if text:
        (tmp_path / "pipeline.py").write_text(text)
    ended = tfx_with(BROKEN, options=("-I", "-S"), line=START_LINE)
    assert last_line(ended).startswith("ImportError: cannot import name 'runner_of_another_time'")
    assert "pipeline" not in ended.stderr
    ended = tfx_with("class KubeflowHandler: pass", options=("-I", "-S"), line=START_LINE)
    assert (ended.stdout, ended.stderr) == (f"{MODULE}\n", "")


def test_a_line_that_runs_again_adds_nothing() -> None:
    code = f"import sys\nbefore = list(sys.meta_path)\n{START_LINE}print(sys.meta_path == before)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (ended.stdout, ended.stderr) == ("True\n", "")


def test_a_tfx_that_has_no_such_module_fails_as_before(tmp_path) -> None:
    assert find_spec(MODULE, [str(tmp_path)]) is None


@pytest.mark.parametrize("name", ["json", "tfx", f"{MODULE}_v2", "tfx.tools.cli.handler"])
def test_it_answers_for_no_other_module(name: str) -> None:
    assert find_spec(name, None) is None


def test_the_loader_still_gives_the_source_for_tracebacks(tmp_path) -> None:
    (tmp_path / "kubeflow_handler.py").write_text("X = 1\n")
    spec = find_spec(MODULE, [str(tmp_path)])
    assert spec.loader.get_source(MODULE) == "X = 1\n"
    assert spec.origin == str(tmp_path / "kubeflow_handler.py")
