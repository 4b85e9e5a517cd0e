"""The handler of `tfx --engine kubeflow`, in this process; see also test_tfx_command."""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from tfx.tools.cli import labels
from tfx.tools.cli.handler import base_handler

from pipeline.engines.kubeflow.tfx_cli.handler import KubeflowHandler

ROOT = Path(__file__).parents[5]


@pytest.fixture
def handler(server) -> Callable[..., KubeflowHandler]:
    """Creates a handler with the flags that the tfx command passes."""

    def make(**flags: Any) -> KubeflowHandler:
        common = {
            labels.ENGINE_FLAG: "kubeflow",
            labels.ENDPOINT: server.url,
            labels.NAMESPACE: "kubeflow",
            labels.IAP_CLIENT_ID: None,
        }
        return KubeflowHandler({**common, **flags})

    return make


@pytest.fixture
def stock(handler, pipeline_file) -> KubeflowHandler:
    """A handler whose pipeline file uses the TFX runner and is uploaded."""
    made = handler(pipeline_dsl_path=str(pipeline_file))
    made.create_pipeline()
    return made


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_handler_implements_all_methods_of_a_tfx_handler() -> None:
    assert issubclass(KubeflowHandler, base_handler.BaseHandler)
    assert KubeflowHandler.__abstractmethods__ == frozenset()
    assert "get_schema" in vars(KubeflowHandler)


def test_create_uploads_yaml_of_schema_2_1_and_leaves_no_file_behind(
    server, handler, pipeline_file, capsys, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    before = set(tmp_path.rglob("*"))
    handler(pipeline_dsl_path=str(pipeline_file)).create_pipeline()
    (stored,) = server.api.versions.values()
    assert stored["pipeline_spec"]["schemaVersion"] == "2.1.0"
    assert stored["pipeline_spec"]["root"]["inputDefinitions"]["parameters"] == {
        "length": {"parameterType": "NUMBER_INTEGER"},
        "text": {"parameterType": "STRING"},
    }
    (pipeline_id,) = server.api.pipelines
    assert capsys.readouterr().out == (
        f"Please access the pipeline detail page at {server.url}/#/pipelines/details/{pipeline_id}"
        '\nPipeline "stock" created successfully.\n'
    )
    assert {path for path in tmp_path.rglob("*") if "__pycache__" not in str(path)} == before


def test_update_uploads_a_version(server, stock, capsys) -> None:
    capsys.readouterr()
    stock.update_pipeline()
    assert len(server.api.pipelines) == 1 and len(server.api.versions) == 2
    assert capsys.readouterr().out.endswith('Pipeline "stock" updated successfully.\n')


def test_list_prints_a_table(server, handler, stock, capsys) -> None:
    capsys.readouterr()
    handler().list_pipelines()
    lines = capsys.readouterr().out.splitlines()
    (pipeline,) = server.api.pipelines.values()
    page = f"{server.url}/#/pipelines/details/{pipeline['pipeline_id']}"
    assert cells(lines[1]) == ["pipeline_name", "pipeline_id", "created_at", "link"]
    assert cells(lines[3]) == ["stock", pipeline["pipeline_id"], pipeline["created_at"], page]


def test_an_empty_list_prints_a_message(handler, capsys) -> None:
    handler().list_pipelines()
    assert capsys.readouterr().out == "No pipelines to display.\n"


def test_delete_reports_the_kept_experiment(server, handler, stock, capsys) -> None:
    (experiment_id,) = server.api.experiments
    server.api._add("runs", "run_id", experiment_id=experiment_id)
    capsys.readouterr()
    handler(pipeline_name="stock").delete_pipeline()
    out, err = capsys.readouterr()
    assert out == "Pipeline stock deleted successfully.\n"
    assert err.startswith("[Warning] The experiment 'stock' is kept: it holds runs.")
    assert server.api.pipelines == {}


@pytest.mark.parametrize(
    ("name", "written"),
    [(None, "pipeline.yaml"), ("my.yml", "my.yml"), ("a.json", "pipeline.yaml")],
)
def test_compile_writes_yaml_into_the_folder_of_the_runner(
    server, handler, pipeline_file, capsys, name, written
) -> None:
    if name:
        text = pipeline_file.read_text().replace(
            "output_dir=", f"output_filename={name!r}, output_dir="
        )
        pipeline_file.write_text(text)
    # `tfx pipeline compile` passes no endpoint.
    KubeflowHandler(
        {labels.ENGINE_FLAG: "kubeflow", labels.PIPELINE_DSL_PATH: str(pipeline_file)}
    ).compile_pipeline()
    package = pipeline_file.parent / written
    assert capsys.readouterr().out == (
        f"Pipeline compiled successfully.\nPipeline package path: {package}\n"
    )
    assert yaml.safe_load(package.read_text())["schemaVersion"] == "2.1.0"
    assert sorted(path.name for path in package.parent.glob("*.*")) == sorted(
        {written, "runner.py"}
    )
    assert server.calls == []


def test_a_run_is_created_terminated_listed_and_deleted(server, handler, stock, capsys) -> None:
    capsys.readouterr()
    parameters = {"length": "4", "text": "5"}
    handler(pipeline_name="stock", runtime_parameter=parameters).create_run()
    (run_id,) = server.api.runs
    (sent,) = server.seen("POST /runs$")
    assert sent.body["runtime_config"] == {
        "parameters": {"length": 4, "text": "5"},
        "pipeline_root": "gs://b/r",
    }
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "Run created for pipeline: stock"
    assert cells(out[2]) == ["pipeline_name", "run_id", "status", "created_at", "link"]
    assert cells(out[4]) == [
        "stock",
        run_id,
        "PENDING",
        server.api.runs[run_id]["created_at"],
        f"{server.url}/#/runs/details/{run_id}",
    ]
    handler(run_id=run_id).terminate_run()
    handler(pipeline_name="stock", run_id=run_id).get_run()
    handler(pipeline_name="stock").list_runs()
    handler(run_id=run_id).delete_run()
    handler(pipeline_name="stock").list_runs()
    out = capsys.readouterr().out
    assert out.startswith("Run terminated.\n") and out.endswith("Run deleted.\nNo runs found.\n")
    assert len(re.findall(rf"\| stock +\| {run_id} \| CANCELING \|", out)) == 2


def test_a_missing_parameter_ends_the_command_with_a_message(server, handler, stock) -> None:
    with pytest.raises(SystemExit) as ended:
        handler(pipeline_name="stock", runtime_parameter={"length": "x"}).create_run()
    assert ended.value.code.startswith("stock: The pipeline needs a value for: text.")
    assert server.api.runs == {}


@pytest.mark.parametrize("method", ["list_pipelines", "list_runs", "get_run", "create_run"])
def test_a_server_error_ends_the_command_with_a_message(server, handler, method) -> None:
    server.fail("GET /(pipelines|runs)", status=500)
    made = handler(pipeline_name="stock", run_id="r", runtime_parameter={})
    with pytest.raises(SystemExit) as ended:
        getattr(made, method)()
    assert f"on {server.url}: HTTP 500: planted." in ended.value.code


@pytest.mark.parametrize("method", ["create_pipeline", "update_pipeline"])
def test_building_an_image_is_refused_with_the_path_of_the_dockerfile(
    server, handler, method
) -> None:
    made = handler(pipeline_dsl_path="none.py", build_image=True)
    with pytest.raises(SystemExit) as ended:
        getattr(made, method)()
    assert "kubeflow/Dockerfile" in ended.value.code and "kubeflow/README.md" in ended.value.code
    assert (ROOT / "kubeflow" / "Dockerfile").is_file()
    assert server.calls == []


def test_get_schema_names_the_curated_schema() -> None:
    made = KubeflowHandler({labels.ENGINE_FLAG: "kubeflow", labels.PIPELINE_NAME: "utkface"})
    with pytest.raises(SystemExit) as ended:
        made.get_schema()
    assert "schema/schema.pbtxt" in ended.value.code
    assert (ROOT / "schema" / "schema.pbtxt").is_file()


def test_a_missing_pipeline_file_is_named(handler) -> None:
    with pytest.raises(SystemExit) as ended:
        handler(pipeline_dsl_path="none.py").compile_pipeline()
    assert ended.value.code == "Invalid pipeline path: none.py"


def test_the_pipeline_file_of_this_project_is_created_and_run(
    server, handler, tmp_path, monkeypatch, capsys
) -> None:
    config = tmp_path / "settings.yaml"
    config.write_text("data: gs://bucket/faces\npipeline_name: faces\n")
    monkeypatch.setenv("UTKFACE_CONFIG", str(config))
    own_file = ROOT / "pipeline" / "kubeflow_runner.py"
    handler(pipeline_dsl_path=str(own_file)).create_pipeline()
    assert capsys.readouterr().out.endswith('Pipeline "faces" created successfully.\n')
    handler(pipeline_name="faces", runtime_parameter={"epochs": "2"}).create_run()
    (run,) = server.api.runs.values()
    assert run["runtime_config"] == {
        "parameters": {"epochs": 2},
        "pipeline_root": "minio://mlpipeline/v2/artifacts",
    }
    (stored,) = server.api.versions.values()
    assert set(stored["pipeline_spec"]) == {"pipeline_spec", "platform_spec"}


@pytest.mark.parametrize("place", ["pipeline.py", "pipeline/__init__.py"])
def test_a_pipeline_file_imports_its_own_module_named_pipeline(
    handler, pipeline_file, capsys, place
) -> None:
    theirs = pipeline_file.parent / place
    theirs.parent.mkdir(exist_ok=True)
    theirs.write_text("NAME = 'theirs'")
    text = pipeline_file.read_text().replace('"stock"', "NAME")
    pipeline_file.write_text(f"from pipeline import NAME\n{text}")
    ours = {
        name: sys.modules[name]
        for name in ("pipeline", "pipeline.engines.kubeflow.tfx_cli.handler")
    }
    handler(pipeline_dsl_path=str(pipeline_file)).create_pipeline()
    assert capsys.readouterr().out.endswith('Pipeline "theirs" created successfully.\n')
    assert {name: sys.modules[name] for name in ours} == ours
    assert not hasattr(sys.modules["pipeline"], "NAME")


def test_a_failing_pipeline_file_leaves_our_modules_in_place(handler, pipeline_file) -> None:
    (pipeline_file.parent / "pipeline.py").touch()
    pipeline_file.write_text("import pipeline\nraise ValueError('theirs')")
    ours = sys.modules["pipeline"]
    with pytest.raises(ValueError, match="theirs"):
        handler(pipeline_dsl_path=str(pipeline_file)).compile_pipeline()
    assert sys.modules["pipeline"] is ours
