"""A stand-in for Kubeflow Pipelines, its clients, and small packages to upload."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml


def _load(name: str) -> ModuleType:
    """Loads a helper from the folder of this file, which is not a package."""
    spec = importlib.util.spec_from_file_location(
        f"kubeflow_tests_{name}", Path(__file__).with_name(f"{name}.py")
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


_StandIn = _load("stand_in").StandIn
_MemoryApi = _load("stand_in_api").MemoryApi

# Variables of the user, hidden from the tests.
_VARIABLES = ("ENDPOINT", "UI_ENDPOINT", "IAP_OAUTH2_CLIENT_ID", "APP_OAUTH2_CLIENT_ID")

PARAMETERS = {
    "span": {"parameterType": "NUMBER_INTEGER", "defaultValue": 1},
    "rate": {"parameterType": "NUMBER_DOUBLE", "defaultValue": 0.5},
    "data": {"parameterType": "STRING", "defaultValue": "gs://faces"},
    "augment": {"parameterType": "BOOLEAN", "defaultValue": True},
    "layers": {"parameterType": "LIST", "isOptional": True},
    "options": {"parameterType": "STRUCT", "isOptional": True},
}


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder for the files that the SDK and TFX store there."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    for variable in _VARIABLES:
        monkeypatch.delenv(f"KF_PIPELINES_{variable}", raising=False)
    # The SDK sets this path from the home folder on import.
    kfp = pytest.importorskip("kfp")
    monkeypatch.setattr(kfp.Client, "_LOCAL_KFP_CONTEXT", str(home / "context.json"))
    return home


@pytest.fixture
def server() -> Iterator[Any]:
    """Kubeflow Pipelines for one user; `stand_in.py` documents its options."""
    server = _StandIn(_MemoryApi())
    yield server
    server.close()


@pytest.fixture
def client(server: Any) -> Any:
    """A KubeflowClient of the server."""
    from pipeline.engines.kubeflow.api.client import KubeflowClient

    return KubeflowClient(server.url)


@pytest.fixture
def package(tmp_path: Path) -> Callable[..., Path]:
    """Writes a package with parameters of each type."""

    def write(parameters: dict[str, Any] = PARAMETERS, **changes: Any) -> Path:
        spec = {
            "pipelineInfo": {"name": "faces"},
            "schemaVersion": "2.1.0",
            "root": {"dag": {}, "inputDefinitions": {"parameters": parameters}},
            **changes,
        }
        path = tmp_path / "package.yaml"
        path.write_text(yaml.safe_dump({k: v for k, v in spec.items() if v is not None}))
        return path

    return write


@pytest.fixture
def pipeline_file(tmp_path: Path) -> Path:
    """A pipeline file as in the TFX documentation: the TFX runner and two parameters."""
    path = tmp_path / "stock" / "runner.py"
    path.parent.mkdir()
    path.write_text(_STOCK_PIPELINE.format(out=str(tmp_path / "stock")), encoding="utf-8")
    return path


@pytest.fixture
def tfx_command() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs `tfx` in its own process; it calls the first `pip` on the PATH."""
    bin_folder = Path(sys.executable).parent

    def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        path = f"{bin_folder}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(
            [str(bin_folder / "tfx"), *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PATH": path, **environment},
        )

    return run


_STOCK_PIPELINE = """
from tfx import v1 as tfx
from tfx.orchestration import data_types

length = data_types.RuntimeParameter(name="length", ptype=int, default=3)
text = data_types.RuntimeParameter(name="text", ptype=str, default="a")


@tfx.dsl.components.component
def Repeat(length: tfx.dsl.components.Parameter[int], text: tfx.dsl.components.Parameter[str]):
    print(text * length)


if __name__ == "__main__":
    tfx.orchestration.experimental.KubeflowV2DagRunner(
        config=tfx.orchestration.experimental.KubeflowV2DagRunnerConfig(default_image="i:1"),
        output_dir={out!r},
    ).run(
        tfx.dsl.Pipeline(
            pipeline_name="stock", pipeline_root="gs://b/r",
            components=[Repeat(length=length, text=text)],
        )
    )
"""
