"""The compiler of Kubeflow Pipelines accepts the packages that this project compiles.

That compiler is a Go program. Its module replaces other modules by folders of its repository,
which works for a main module only. The fixture therefore assembles the repository from Go's
module cache, and the Go test runs inside it.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pipeline.settings.config import load_config

KFP = "github.com/kubeflow/pipelines"
# Part of release 2.14.0, says its changelog. Go checks it against the public checksum database.
COMMIT = "000a111396213847a437296afb511564ccc0c60d"
GO_TEST = Path(__file__).parent / "argocompiler" / "package_test.go"
# Timeouts in seconds; a module proxy that refuses a module answers at once.
DOWNLOAD, BUILD = 180, 900


def run_go(*arguments: str, folder: Path, timeout: int, **environment: str) -> Any:
    return subprocess.run(
        ["go", *arguments],
        cwd=folder,
        env={**os.environ, "GOWORK": "off", "GOFLAGS": "-mod=mod", **environment},
        capture_output=True,
        text=True,
        timeout=timeout,
    )


def download(module: str, folder: Path) -> Path:
    """Returns the folder of a Kubeflow Pipelines module in Go's cache; skips if unavailable."""
    try:
        ended = run_go(
            "mod", "download", "-json", f"{module}@{COMMIT}", folder=folder, timeout=DOWNLOAD
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"Go's module proxy did not serve {module} in {DOWNLOAD} s")
    answer = json.loads(ended.stdout or "{}")
    if "Dir" not in answer:
        problem = answer.get("Error") or ended.stderr
        pytest.skip(f"Go's module proxy does not serve {module}: {' '.join(problem.split())}")
    return Path(answer["Dir"])


def copy(source: Path, folder: Path) -> None:
    # Go's cache is read-only, so the file modes are not copied.
    shutil.copytree(source, folder, copy_function=shutil.copyfile, dirs_exist_ok=True)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


@pytest.fixture(scope="module")
def kubeflow_pipelines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The parts of the Kubeflow Pipelines repository that its main module needs."""
    if not shutil.which("go"):
        pytest.skip("go is not installed")
    folder = tmp_path_factory.mktemp("kfp")
    (folder / "go.mod").write_text("module probe\n")
    tree = folder / "pipelines"
    copy(download(KFP, folder), tree)
    described = run_go("mod", "edit", "-json", folder=tree, timeout=DOWNLOAD)
    for replacement in json.loads(described.stdout).get("Replace") or []:
        if replacement["New"]["Path"].startswith("./"):
            module = download(replacement["Old"]["Path"], folder)
            copy(module, tree / replacement["New"]["Path"])
    return tree


@pytest.fixture(scope="module", params=["once", "by the clock"])
def package(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A compiled pipeline that uses every part of the platform document."""
    from pipeline.engines.kubeflow.compiling.runner import compile_pipeline, compile_retraining

    config = load_config(
        data="/data/{SPAN}",
        kubeflow={
            "steps": {
                "Trainer": {
                    "node_selector": {"pool": "gpu"},
                    "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists"}],
                    "node_affinity": [{"match_expressions": [{"key": "a", "operator": "Exists"}]}],
                }
            },
            "volumes": [{"claim": "utkface-data", "mount_path": "/data"}],
            "webhook": {"name": "hook", "key": "url"},
            "image_pull_secrets": ["registry"],
        },
    )
    path = tmp_path_factory.mktemp("package") / "pipeline.yaml"
    (compile_pipeline if request.param == "once" else compile_retraining)(config, path)
    return path


@pytest.mark.slow
def test_the_backend_compiles_the_package_to_a_workflow(
    kubeflow_pipelines: Path, package: Path
) -> None:
    folder = kubeflow_pipelines / "utkface"
    folder.mkdir(exist_ok=True)
    shutil.copyfile(GO_TEST, folder / GO_TEST.name)
    ended = run_go(
        "test",
        "-v",
        "./utkface",
        folder=kubeflow_pipelines,
        timeout=BUILD,
        UTKFACE_KFP_PACKAGE=str(package),
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "--- PASS: TestAPackageBecomesAWorkflow" in ended.stdout
