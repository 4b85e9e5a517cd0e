"""Every `tfx` command for Kubeflow, as a user types it, through the life of a pipeline."""

import json
import re
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.slow

RUNNERS = Path(__file__).parents[4] / "pipeline"


@pytest.fixture
def tfx(tfx_command, server):
    """Runs a command on the server, asserts that it succeeds, and returns its output."""

    def run(command: str, *arguments: object) -> str:
        ended = tfx_command(
            *command.split(), "--engine", "kubeflow", *arguments, "--endpoint", server.url
        )
        assert ended.returncode == 0, ended.stderr
        assert "Traceback" not in ended.stderr
        return ended.stdout

    return run


def test_a_pipeline_is_created_updated_run_and_deleted(tfx, server, pipeline_file) -> None:
    out = tfx("pipeline create", "--pipeline_path", pipeline_file)
    assert 'Pipeline "stock" created successfully.' in out
    out = tfx("pipeline update", "--pipeline-path", pipeline_file)
    assert 'Pipeline "stock" updated successfully.' in out
    assert len(server.api.versions) == 2
    assert re.search(r"\| stock +\|", tfx("pipeline list"))

    out = tfx(
        "run create",
        *("--pipeline_name", "stock", "--runtime_parameter", "length=2"),
        *("--runtime_parameter", "text=a=b"),
    )
    ((run_id, run),) = server.api.runs.items()
    assert run["runtime_config"] == {
        "parameters": {"length": 2, "text": "a=b"},
        "pipeline_root": "gs://b/r",
    }
    assert run["pipeline_version_reference"]["pipeline_version_id"] == list(server.api.versions)[-1]
    assert "Run created for pipeline: stock" in out and run_id in out

    tfx("run terminate", "--run_id", run_id)
    one_run = ("--pipeline_name", "stock", "--run_id", run_id)
    assert re.search(rf"{run_id} \| CANCELING \|", tfx("run status", *one_run))
    assert run_id in tfx("run list", "--pipeline_name", "stock")
    assert "Run deleted." in tfx("run delete", "--run_id", run_id)
    out = tfx("pipeline delete", "--pipeline_name", "stock")
    assert "Pipeline stock deleted successfully." in out
    assert server.api.pipelines == server.api.versions == server.api.experiments == {}


def test_compile_and_schema_need_no_server_and_errors_are_one_line(
    tfx_command, server, pipeline_file
) -> None:
    compiled = tfx_command(
        *("pipeline", "compile", "--engine", "kubeflow", "--pipeline_path", pipeline_file)
    )
    package = pipeline_file.parent / "pipeline.yaml"
    assert f"Pipeline package path: {package}" in compiled.stdout
    assert yaml.safe_load(package.read_text())["schemaVersion"] == "2.1.0"

    schema = tfx_command("pipeline", "schema", "--engine", "kubeflow", "--pipeline_name", "stock")
    assert schema.returncode == 1
    assert schema.stderr.splitlines()[-1].startswith("No run infers a schema")

    server.fail("GET /pipelines", status=503, body=b'{"message": "starting"}')
    listed = tfx_command(
        "pipeline", "list", "--engine", "kubeflow", KF_PIPELINES_ENDPOINT=server.url
    )
    assert listed.returncode == 1
    assert listed.stderr.splitlines()[-1] == (
        f"Could not list the pipelines on {server.url}: HTTP 503: starting. "
        "The log of the deployment ml-pipeline may say more."
    )
    assert "Traceback" not in listed.stderr

    broken = tfx_command("pipeline", "list", "--engine", "kubeflow", UTKFACE_TFX_REPAIR="off")
    assert "ImportError: cannot import name 'kubeflow_dag_runner'" in broken.stderr


def test_the_pipeline_of_this_project_is_created_and_run(
    tfx, server, tmp_path, monkeypatch
) -> None:
    settings = tmp_path / "settings.yaml"
    settings.write_text(
        "data: /data/faces\n"
        "kubeflow: {image: 'registry/utkface:1', pipeline_root: 'minio://mlpipeline/ours'}\n"
    )
    monkeypatch.setenv("UTKFACE_CONFIG", str(settings))
    runner = RUNNERS / "kubeflow_runner.py"
    assert 'Pipeline "utkface" created' in tfx("pipeline create", "--pipeline_path", runner)
    tfx("run create", "--pipeline_name", "utkface", "--runtime_parameter", "epochs=2")
    (run,) = server.api.runs.values()
    assert run["runtime_config"] == {
        "parameters": {"epochs": 2},
        "pipeline_root": "minio://mlpipeline/ours",
    }
    (version,) = server.api.versions.values()
    specification = version["pipeline_spec"]["pipeline_spec"]
    defaults = specification["root"]["inputDefinitions"]["parameters"]
    assert defaults["image"]["defaultValue"] == "registry/utkface:1"


def test_the_pipeline_of_this_project_is_compiled_for_vertex(
    tfx_command, tmp_path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = tmp_path / "settings.yaml"
    command = ("pipeline", "compile", "--engine", "vertex", "--pipeline_path")
    settings.write_text("data: gs://b/faces\nkubeflow: {pipeline_root: 'gs://b/root'}\n")
    compiled = tfx_command(*command, RUNNERS / "vertex_runner.py", UTKFACE_CONFIG=str(settings))
    assert "Pipeline utkface compiled successfully." in compiled.stdout, compiled.stderr
    job = json.loads((tmp_path / "pipeline.json").read_text())
    assert job["runtimeConfig"]["gcsOutputDirectory"] == "gs://b/root"

    settings.write_text("data: gs://b/faces\n")
    refused = tfx_command(*command, RUNNERS / "vertex_runner.py", UTKFACE_CONFIG=str(settings))
    assert refused.returncode == 2
    assert refused.stderr.splitlines()[-1].startswith("Error: kubeflow.pipeline_root: expected")
