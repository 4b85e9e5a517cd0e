"""The first steps of a run, as their containers run them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.engines.kubeflow.pod.run_records import RunRecords, SpanChoice
from pipeline.engines.kubeflow.specs.first_step import first_command
from pipeline.settings.retrain import RetrainSettings
from tests.pipeline.engines.kubeflow.native import RUN, NativeRun

pytestmark = pytest.mark.slow


def test_preflight_checks_the_stores_and_records_the_start_of_the_run(tmp_path):
    step = NativeRun(tmp_path, "pipeline.engines.kubeflow.pod.preflight")
    folders = (tmp_path / "history", tmp_path / "serving")
    words = [word for folder in folders for word in ("--folder", folder)]
    ended = step.run("--root", tmp_path / "outputs", *words, outputs=("stores",))
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines() == [f"writable: {folder}" for folder in folders]
    assert step.output("stores").read_text() == "".join(
        f"- writable: {folder}\n" for folder in folders
    )
    assert list((tmp_path / "serving").iterdir()) == []
    assert RunRecords(str(step.records), RUN).started() is not None


def test_an_unexpected_artifact_root_is_reported(tmp_path):
    step = NativeRun(tmp_path, "pipeline.engines.kubeflow.pod.preflight")
    ended = step.run("--root", "/asked/for", "--folder", tmp_path / "h", outputs=("stores",))
    assert ended.stdout.splitlines()[1] == (
        f"artifacts go to {tmp_path}/outputs, not to kubeflow.pipeline_root, /asked/for: the run "
        "was created without its `pipeline_root`"
    )


def test_an_unwritable_folder_is_named(tmp_path):
    (tmp_path / "file").touch()
    step = NativeRun(tmp_path, "pipeline.engines.kubeflow.pod.preflight")
    ended = step.run("--root", tmp_path, "--folder", tmp_path / "file" / "x", outputs=("stores",))
    assert ended.returncode == 2
    last = ended.stderr.splitlines()[-1]
    assert last.startswith(f"Error: {tmp_path}/file/x: expected a folder that the steps can write")
    (failure,) = RunRecords(str(step.records), RUN).failures()
    assert (failure.step, failure.code, failure.message) == ("Step", 2, last)


def test_an_unreachable_store_is_named(tmp_path):
    pytest.importorskip("s3fs")
    step = NativeRun(tmp_path, "pipeline.engines.kubeflow.pod.preflight")
    ended = step.run(
        *("--root", tmp_path, "--folder", "s3://bucket/history"),
        outputs=("stores",),
        AWS_ENDPOINT_URL="http://127.0.0.1:9",
        AWS_ACCESS_KEY_ID="x",
        AWS_SECRET_ACCESS_KEY="secret-key",
        AWS_MAX_ATTEMPTS="1",
    )
    assert ended.returncode == 2
    last = ended.stderr.splitlines()[-1]
    assert last.startswith("Error: s3://bucket/history: expected a folder that the steps can")
    assert "127.0.0.1:9" in last and "secret-key" not in ended.stderr


def test_a_span_is_chosen_and_recorded_for_the_last_step(tmp_path):
    (tmp_path / "faces-4").mkdir()
    (tmp_path / "faces-4" / "20_0_0_20170109142408075.jpg").write_bytes(b"x")
    step = NativeRun(tmp_path, "pipeline.engines.kubeflow.pod.span_choice")

    def run(data: str, span: float) -> subprocess.CompletedProcess[str]:
        return step.run(
            *("--root", tmp_path, "--folder", tmp_path / "history"),
            *("--history", tmp_path / "history"),
            *("--settings", RetrainSettings(min_age_minutes=0).model_dump_json()),
            # The backend passes whole numbers as floats.
            parameters={"data": data, "span": span},
            outputs=("found",),
            output_parameters=("span",),
        )

    chosen = run(f"{tmp_path}/faces-{{SPAN}}", -1.0)
    assert chosen.returncode == 0, chosen.stderr
    assert chosen.stdout.splitlines()[-1] == "takes span 4"
    assert step.output("span").read_text() == "4"
    assert step.output("found").read_text().startswith("- takes span 4\n")
    records = RunRecords(str(step.records), RUN)
    assert records.choice() == SpanChoice(4, ("takes span 4",))
    assert not (tmp_path / "history" / "taken_span").exists()

    failed = run("/nowhere", -1.0)
    assert failed.returncode == 2
    assert "Error: /nowhere: expected {SPAN}" in failed.stderr
    assert [failure.step for failure in records.failures()] == ["Step"]
    # A successful attempt removes the recorded failure.
    assert run(f"{tmp_path}/faces-{{SPAN}}", 4.0).returncode == 0
    assert records.failures() == []


def test_an_image_without_the_project_is_named(tmp_path: Path):
    """The image has Python and nothing else."""
    _, flag, code, _, module = first_command("pipeline.engines.kubeflow.pod.preflight")
    ended = subprocess.run(
        [sys.executable, "-I", "-S", flag, code, "python:3.13", module, "--root", "x"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"]},
    )
    assert ended.returncode == 1
    assert ended.stderr == (
        "Error: python:3.13: expected an image that holds utkface-tfx; found one without it. Build "
        "it with kubeflow/Dockerfile, and name it in kubeflow.image or in the parameter `image` "
        "of the run.\n"
    )
