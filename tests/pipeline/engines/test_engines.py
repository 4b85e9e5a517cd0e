"""`utkface compile` and `utkface logs`, on the engines that need no server."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipeline.cli import main
from tests.pipeline.recorded import Root


def utkface(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.mark.slow
def test_compile_writes_the_pipeline_for_the_local_engine(tmp_path: Path) -> None:
    output = tmp_path / "new" / "faces.json"
    (tmp_path / "faces").mkdir()
    (tmp_path / "faces" / "20_0_1_20170101.jpg").touch()
    result = utkface(
        *("compile", "--data", tmp_path / "faces", "--root", tmp_path / "root", "--output", output),
        *("--set", "pipeline_name=faces"),
    )
    assert (result.exit_code, result.output) == (0, f"faces compiled: {output}\n")
    compiled = json.loads(output.read_text())
    assert compiled["pipelineInfo"]["id"] == "faces"
    names = [node["pipelineNode"]["nodeInfo"]["id"] for node in compiled["nodes"]]
    assert {"UtkFaceExampleGen", "Trainer", "Pusher"} < {*names}
    assert not list((tmp_path / "root").glob("*"))


@pytest.mark.slow
def test_compile_for_vertex_needs_no_server(tmp_path: Path) -> None:
    output = tmp_path / "job.json"
    settings = ("--data", "gs://b/f", "--set", "kubeflow.pipeline_root=gs://b/root")
    assert utkface("compile", "--engine", "vertex", *settings, "--output", output).exit_code == 0
    job = json.loads(output.read_text())
    assert job["runtimeConfig"]["gcsOutputDirectory"] == "gs://b/root"
    refused = utkface("compile", "--engine", "vertex", "--data", "gs://b/f", "--output", output)
    assert refused.exit_code == 2
    assert "kubeflow.pipeline_root: expected a gs:// folder" in refused.output


@pytest.mark.parametrize("command", [("run", "--data", "gs://b/f"), ("runs",), ("logs",)])
def test_run_runs_and_logs_are_refused_for_vertex(command: tuple[str, ...]) -> None:
    result = utkface(*command, "--engine", "vertex")
    assert result.exit_code == 1
    assert result.output.startswith("Error: This command does not reach Vertex AI.")


def test_the_log_of_a_run_is_printed(tmp_path: Path) -> None:
    for run, text in {"20260101-000000": "first\n", "20260102-000000": "second \udcff\n"}.items():
        log = tmp_path / "runs" / run / "run.log"
        log.parent.mkdir(parents=True)
        log.write_text(text, encoding="utf-8", errors="surrogateescape")
    assert utkface("logs", "--root", tmp_path).output == "second \N{REPLACEMENT CHARACTER}\n"
    assert utkface("logs", "--root", tmp_path, "20260101-000000").output == "first\n"
    missing = utkface("logs", "--root", tmp_path, "20260103-000000")
    assert missing.exit_code == 2
    assert "expected the run 20260103-000000; the newest is 20260102-000000" in missing.output
    nothing = utkface("logs", "--root", tmp_path / "other")
    assert nothing.exit_code == 2
    assert f"{tmp_path}/other/runs: expected a run; none is there" in nothing.output


def test_the_runs_of_a_root_are_a_table_or_json(tmp_path: Path) -> None:
    recorded = Root(tmp_path)
    recorded.run("20260101-1", {"figures": {"missed": 0}, "pushed_model": {"pushed": 1}})
    header, _, row = filter(str.strip, utkface("runs", "--root", tmp_path).output.splitlines())
    assert header.split() == ["run", "started,", "UTC", "span", "outcome", "age", "gender", "race"]
    run, date, clock, *rest = row.split()
    assert (run, rest) == ("20260101-1", ["pushed", "-", "-", "-"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", f"{date} {clock}")
    (record,) = json.loads(utkface("runs", "--root", tmp_path, "--json").output)
    assert (record["run"], record["outcome"]) == ("20260101-1", "pushed")
