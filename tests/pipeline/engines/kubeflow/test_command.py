"""`utkface kubeflow`, against a stand-in for the server."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from pipeline.cli import main

SETTINGS = ("--data", "gs://bucket/faces", "--set", "pipeline_name=faces")


@pytest.fixture
def kubeflow(server):
    """Runs a command with the server as endpoint."""

    def run(*arguments: object, endpoint: str = "") -> Result:
        command = ["kubeflow", *map(str, arguments)]
        if arguments[0] in ("compile", "logs", "runs") or arguments[:2] == ("run", "--data"):
            command = [*map(str, arguments), "--engine", "kubeflow"]
        return CliRunner().invoke(
            main, command, env={"KF_PIPELINES_ENDPOINT": endpoint or server.url, "COLUMNS": "80"}
        )

    return run


@pytest.fixture
def compiled(monkeypatch, package):
    """Configurations passed to the compiler, which writes a small package instantly."""
    asked = []

    def compile_pipeline(config, output) -> None:
        asked.append(config)
        output.write_text(package().read_text())

    monkeypatch.setattr(
        "pipeline.engines.kubeflow.compiling.runner.compile_pipeline", compile_pipeline
    )
    return asked


@pytest.fixture
def faces(client, package):
    return client.pipelines.create("faces", package())


def test_the_help_lists_every_command() -> None:
    for command, names in (
        (["kubeflow"], ["check", "create", "delete", "list", "run", "update"]),
        (["kubeflow", "run"], ["create", "delete", "list", "status", "terminate"]),
    ):
        output = CliRunner().invoke(main, [*command, "--help"]).output
        listed = output.partition("Commands:")[2].splitlines()
        assert [line.split()[0] for line in listed if line.startswith("  ")] == names


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["run", "create", "--help"],
        ["create", "--data", "gs://b/f", "--set", "nothing"],
    ],
    ids=" ".join,
)
def test_help_and_usage_errors_load_no_heavy_library(arguments: list[str], tmp_path: Path) -> None:
    heavy = ("tensorflow", "tfx", "apache_beam", "kfp", "kubernetes", "numpy")
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parents[4])!r})\n"
        "from click.testing import CliRunner\n"
        "from pipeline.cli import main\n"
        f"CliRunner().invoke(main, {['kubeflow', *arguments]})\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"


def test_create_and_update_upload_the_compiled_package(server, kubeflow, compiled) -> None:
    created = kubeflow("create", *SETTINGS)
    (pipeline_id,) = server.api.pipelines
    page = f"{server.url}/#/pipelines/details/{pipeline_id}"
    assert (created.exit_code, created.output) == (0, f"faces created: {page}\n")
    updated = kubeflow("update", *SETTINGS)
    assert (updated.exit_code, updated.output) == (0, f"faces updated: {page}\n")
    assert len(server.api.versions) == 2
    assert [config.data for config in compiled] == [("gs://bucket/faces",)] * 2


@pytest.mark.parametrize("command", ["create", "update"])
def test_an_unreachable_endpoint_is_reported_before_the_compilation(
    kubeflow, compiled, command
) -> None:
    result = kubeflow(command, *SETTINGS, "--endpoint", "http://127.0.0.1:1")
    assert result.exit_code == 1
    assert result.output.startswith(
        "Error: Could not reach Kubeflow Pipelines on http://127.0.0.1:1: nothing answers there"
    )
    assert compiled == []


def test_wrong_settings_are_reported_before_the_server_is_called(
    server, kubeflow, compiled
) -> None:
    result = kubeflow("create", "--data", "gs://b/f", "--set", "trainer.epochs=0")
    assert result.exit_code == 2 and "trainer.epochs: " in result.output
    assert server.calls == [] and compiled == []


def test_compile_writes_the_package_to_the_output_path(
    kubeflow, compiled, package, tmp_path
) -> None:
    out = tmp_path / "new" / "faces.yaml"
    result = kubeflow("compile", *SETTINGS, "--output", out)
    assert (result.exit_code, result.output) == (0, f"faces compiled: {out}\n")
    assert out.read_text() == package().read_text()


@pytest.mark.slow
def test_compile_writes_the_real_package(kubeflow, tmp_path, capfd) -> None:
    out = tmp_path / "faces.yaml"
    assert kubeflow("compile", *SETTINGS, "--output", out).exit_code == 0
    spec = next(yaml.safe_load_all(out.read_text()))
    assert (spec["schemaVersion"], spec["pipelineInfo"]["name"]) == ("2.1.0", "faces")
    assert capfd.readouterr().err == ""


def test_compile_refuses_a_name_that_kubeflow_rejects(kubeflow, compiled, tmp_path) -> None:
    result = kubeflow("compile", *SETTINGS, "--output", tmp_path / "faces.json")
    assert result.exit_code == 2
    assert f"{tmp_path}/faces.json: expected a name that ends in .yaml" in result.output
    assert compiled == []


def test_compile_names_a_folder_it_cannot_create(kubeflow, compiled, tmp_path) -> None:
    (tmp_path / "file").touch()
    result = kubeflow("compile", *SETTINGS, "--output", tmp_path / "file" / "faces.yaml")
    assert result.exit_code == 1 and f"{tmp_path}/file" in result.output
    assert isinstance(result.exception, SystemExit)


def test_a_run_is_uploaded_and_started_with_one_command(server, kubeflow, compiled) -> None:
    created = kubeflow("run", *SETTINGS)
    (run_id,) = server.api.runs
    page = f"{server.url}/#/runs/details/{run_id}"
    assert (created.exit_code, created.output) == (0, f"run {run_id} started: {page}\n")
    again = kubeflow("run", *SETTINGS)
    assert again.exit_code == 0
    assert (len(server.api.pipelines), len(server.api.versions), len(server.api.runs)) == (1, 2, 2)


def test_acceptance_reasons_are_parameters_of_the_run(server, kubeflow, compiled, client) -> None:
    refused = kubeflow("run", *SETTINGS, "--accept-anomalies", "a new camera")
    # The small package has no such parameter.
    assert refused.exit_code == 1
    assert "There is no parameter 'accept_anomalies'" in refused.output


def test_runs_are_listed_by_the_name_of_the_pipeline(kubeflow, faces, client) -> None:
    assert kubeflow("runs", "--name", "faces").output == "no runs of faces\n"
    run = client.runs.create("faces", {})
    header, _, row = filter(str.strip, kubeflow("runs", "--name", "faces").output.splitlines())
    assert header.split() == ["run", "state", "created"]
    assert row.split() == [run.run_id, run.state, "2024-05-01", "12:00:03"]
    assert json.loads(kubeflow("runs", "--name", "faces", "--json").output) == [run.to_dict()]


def test_logs_of_a_pipeline_without_runs_are_an_error(kubeflow, faces) -> None:
    result = kubeflow("logs", "--name", "faces")
    assert (result.exit_code, result.output) == (
        1,
        "Error: There is no run of the pipeline 'faces'.\n",
    )


def test_a_missing_sdk_is_reported_with_the_extra_to_install(kubeflow, monkeypatch) -> None:
    for name in [name for name in sys.modules if name.startswith("pipeline.engines.kubeflow.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "kfp", None)
    result = kubeflow("list")
    assert (result.exit_code, result.output) == (
        1,
        "Error: The SDK of Kubeflow Pipelines, kfp, is not installed: pip install "
        "'.[kubeflow]' in the project's folder.\n",
    )


def test_list_shows_a_table_or_json(kubeflow, faces) -> None:
    header, _, row = filter(str.strip, kubeflow("list").output.splitlines())
    assert header.split() == ["pipeline", "id", "created"]
    assert row.split() == ["faces", faces.pipeline_id, "2024-05-01", "12:00:00"]
    assert json.loads(kubeflow("list", "--json").output) == [faces.to_dict()]


def test_an_empty_list_prints_no_pipelines(kubeflow) -> None:
    assert kubeflow("list").output == "no pipelines\n"
    assert json.loads(kubeflow("list", "--json").output) == []


def test_names_are_shown_in_full_and_without_markup(server, kubeflow) -> None:
    name = "[red]" + "x" * 90
    server.api._add("pipelines", "pipeline_id", display_name=name)
    rows = list(filter(str.strip, kubeflow("list").output.splitlines()))[2:]
    assert "".join(row.split()[0] for row in rows) == name


def test_delete_reports_deleted_versions_and_the_kept_experiment(
    server, kubeflow, client, faces
) -> None:
    client.runs.create("faces", {})
    result = kubeflow("delete", "faces")
    assert result.exit_code == 0
    assert "faces deleted, with 1 version\n" in result.output
    assert "Warning: The experiment 'faces' is kept: it holds runs." in result.output
    assert server.api.pipelines == {}


def test_run_commands_cover_the_life_of_a_run(server, kubeflow, faces) -> None:
    created = kubeflow("run", "create", "faces", "--parameter", "span=3", "--parameter", "data=a=b")
    assert created.exit_code == 0
    (run_id,) = server.api.runs
    assert server.api.runs[run_id]["runtime_config"] == {"parameters": {"span": 3, "data": "a=b"}}
    assert f"run id      {run_id}\n" in created.output
    assert f"link        {server.url}/#/runs/details/{run_id}\n" in created.output
    terminated = kubeflow("run", "terminate", run_id)
    assert terminated.output == f"run {run_id} is being stopped\n"
    status = kubeflow("run", "status", run_id)
    assert "state       CANCELING\n" in status.output and "error" not in status.output
    as_json = json.loads(kubeflow("run", "status", run_id, "--json").output)
    assert (as_json["run_id"], as_json["state"], as_json["error"]) == (run_id, "CANCELING", "")
    assert json.loads(kubeflow("run", "list", "faces", "--json").output) == [as_json]
    assert f"{run_id}   CANCELING   2024-05-01 12:00" in kubeflow("run", "list", "faces").output
    assert kubeflow("run", "delete", run_id).output == f"run {run_id} deleted\n"
    assert kubeflow("run", "list", "faces").output == "no runs of faces\n"


@pytest.mark.parametrize("parameter", ["span", "=3"])
def test_a_parameter_without_a_value_is_bad_usage(server, kubeflow, parameter) -> None:
    result = kubeflow("run", "create", "faces", "--parameter", parameter)
    assert result.exit_code == 2
    assert f"--parameter {parameter}: expected NAME=VALUE" in result.output
    assert server.calls == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["delete", "cats"], "There is no pipeline 'cats' on"),
        (["run", "create", "cats"], "There is no pipeline 'cats' on"),
        (["run", "list", "cats"], "There is no pipeline 'cats' on"),
        (["run", "status", "r"], "There is no run 'r' on"),
        (["run", "terminate", "r"], "There is no run 'r' on"),
        (["run", "delete", "r"], "There is no run 'r' on"),
        (["run", "create", "faces", "--parameter", "span=x"], "faces: Parameter 'span' is NUMBER"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
@pytest.mark.usefixtures("faces")
def test_an_error_is_one_line_and_exit_code_1(kubeflow, arguments, message) -> None:
    result = kubeflow(*arguments)
    assert result.exit_code == 1
    assert result.output.startswith(f"Error: {message}")
    assert result.output.count("\n") == 1


def test_an_option_overrides_the_variable(server, kubeflow) -> None:
    result = kubeflow("list", "--endpoint", server.url, endpoint="http://127.0.0.1:1")
    assert (result.exit_code, result.output) == (0, "no pipelines\n")


def test_the_namespace_reaches_the_server(server, kubeflow) -> None:
    kubeflow("list", "--namespace", "team-a")
    (call,) = server.seen()
    assert call.query["namespace"] == "team-a"
