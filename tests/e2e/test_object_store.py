"""`utkface run` with everything but its metadata and logs on an object store, and what follows."""

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import Any

import boto3
import pytest
import tensorflow as tf
import yaml
from tfx.dsl.io import fileio

from components.serving.folder import ServingFolder
from pipeline.root.metadata_store import open_store
from pipeline.root.storage import RootStorage
from pipeline.tools.compare.splits import find_splits
from tests.e2e.conftest import SETTINGS, FinishedRun
from tests.lanes import only_in
from tests.object_stores import Request, S3Server, client_of, registered, s3_server

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    only_in("current", "runs on an object store are tested"),
]
BUCKET = "pipelines"
FOLDER = f"{BUCKET}/utkface"
STORE, DATA = f"s3://{FOLDER}", f"s3://{BUCKET}/faces"
UTKFACE = [str(Path(sys.executable).parent / "utkface")]
# Settings of the later runs.
SHORT = {"architecture": "shared", "epochs": 1, "steps_per_epoch": 1}


def upload(data: Path, bucket: str) -> None:
    for path in filter(Path.is_file, data.rglob("*")):
        name = path.relative_to(data).as_posix()
        boto3.client("s3").upload_file(str(path), bucket, f"faces/{name}")


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with s3_server() as server, client_of(server), registered():
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        yield server


@dataclass(frozen=True)
class Command:
    """`utkface` with the settings of these tests."""

    environment: dict[str, str]
    folder: Path

    def __call__(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        """Returns the finished command."""
        return subprocess.run(
            [*UTKFACE, *map(str, arguments)],
            env={**os.environ, **self.environment, "COLUMNS": "100"},
            capture_output=True,
            text=True,
            check=False,
        )

    def run(self, **settings: Any) -> None:
        """Runs the pipeline."""
        ended = self("run", "--config", self.settings(**settings))
        assert ended.returncode == 0, ended.stderr + ended.stdout

    def run_until(self, fault: str, reached: Event, **settings: Any) -> None:
        """Runs the pipeline, and kills it when a request is reached."""
        command = [*UTKFACE, "run", "--config", str(self.settings(**settings))]
        environment = {**os.environ, **self.environment}
        with (
            (self.folder / "killed.txt").open("w") as output,
            subprocess.Popen(
                command, env=environment, stdout=output, stderr=output, start_new_session=True
            ) as process,
        ):
            try:
                while not reached.wait(1):
                    assert process.poll() is None, f"the run ended before {fault}"
            finally:
                os.killpg(process.pid, signal.SIGKILL)

    def settings(self, **settings: Any) -> Path:
        path = self.folder / f"{uuid.uuid4().hex}.yaml"
        document = {**yaml.safe_load(SETTINGS), **settings}
        path.write_text(yaml.safe_dump(document))
        return path


@pytest.fixture(scope="module")
def picture(finished_run: FinishedRun) -> Path:
    return min((finished_run.data / "part1").iterdir())


@pytest.fixture(scope="module")
def command(server: S3Server, tmp_path_factory: pytest.TempPathFactory) -> Command:
    return Command(server.environment, tmp_path_factory.mktemp("commands"))


@pytest.fixture(scope="module")
def first(command: Command, finished_run: FinishedRun) -> Path:
    """The root of a run on the store, with the data and the settings of a local run."""
    upload(finished_run.data, BUCKET)
    root = command.folder / "root"
    command.run(data=DATA, root=str(root), artifacts=STORE)
    return root


@pytest.fixture(scope="module")
def killed(command: Command, server: S3Server, first: Path) -> Path:
    """The same root after another run was killed while it pushed its model."""
    reached, released = Event(), Event()

    def stall(request: Request) -> str | None:
        pushes = request.method == "PUT" and f"{FOLDER}/serving/" in request.path
        if pushes and request.path.endswith("/saved_model.pb"):
            reached.set()
            released.wait()
            return "dropped"
        return None

    server.fault = stall
    try:
        settings = {"data": DATA, "root": str(first), "artifacts": STORE, "trainer": SHORT}
        command.run_until("the push", reached, **settings)
    finally:
        server.fault = lambda request: None
        released.set()
    return first


@pytest.fixture(scope="module")
def predicted(command: Command, killed: Path, picture: Path) -> subprocess.CompletedProcess[str]:
    """The prediction of a picture after the killed push."""
    return command("predict", picture, "--root", killed)


@pytest.fixture(scope="module")
def root(command: Command, predicted: object, killed: Path) -> Path:
    """The same root after a third run, which starts from the model of the first."""
    trainer = {**SHORT, "warm_start": "latest"}
    command.run(data=DATA, root=str(killed), artifacts=STORE, trainer=trainer)
    return killed


def in_first_run(storage: RootStorage, output: str) -> str:
    """Returns the folder of an output of the first run."""
    folder = f"{storage.artifacts}/{output}"
    return f"{folder}/{min(fileio.listdir(folder), key=int)}"


def read(path: str) -> bytes:
    with fileio.open(path, "rb") as file:
        return bytes(file.read())


def results(root: Path, scratch: Path) -> dict[str, Any]:
    """Returns what the first run found: counts, digests of examples, measures."""
    storage = RootStorage.of(root)
    summary = json.loads(read(f"{in_first_run(storage, 'UtkFaceExampleGen/ledger')}/summary.json"))
    transformed = {}
    for split in ("train", "eval"):
        folder = f"{in_first_run(storage, 'Transform/transformed_examples')}/Split-{split}"
        (name,) = fileio.listdir(folder)
        copy = scratch / f"{split}.gz"
        copy.write_bytes(read(f"{folder}/{name}"))
        records = tf.data.TFRecordDataset(str(copy), compression_type="GZIP")
        transformed[split] = [hashlib.sha256(record.numpy()).hexdigest() for record in records]
    report = min((root / "runs").iterdir()) / "reports" / "report.json"
    slices = json.loads(report.read_text())["slices"]
    return {"splits": summary["splits"], "transformed": transformed, "slices": slices}


def test_a_run_on_a_store_finds_what_a_local_run_finds(
    first: Path, finished_run: FinishedRun, tmp_path: Path
) -> None:
    found = results(first, tmp_path)
    assert found == results(finished_run.root, tmp_path)
    assert len(found["transformed"]["train"]) == found["splits"]["train"]["examples"] > 50


def test_only_metadata_logs_and_reports_are_in_the_root(root: Path) -> None:
    names = {path.name for path in root.iterdir() if not path.name.startswith(".")}
    assert names == {"artifacts.tokens", "artifacts.uri", "metadata.db", "runs"}
    _, _, last = sorted((root / "runs").iterdir())
    assert {path.name for path in last.iterdir()} == {"config.yaml", "reports", "run.log"}
    pages = {path.name for path in (last / "reports").iterdir()}
    assert pages >= {"findings.html", "fairness.html", "model_card.html", "report.json"}
    report = json.loads((last / "reports" / "report.json").read_text())
    assert report["pushed_to"].startswith(f"{STORE}/serving/")
    assert report["places"]["statistics"].startswith(f"{STORE}/artifacts/StatisticsGen/")
    assert report["places"]["fairness"] == f"{last}/reports/fairness.html"


def test_half_a_model_is_not_served(predicted: subprocess.CompletedProcess[str]) -> None:
    assert predicted.returncode == 0, predicted.stderr
    assert predicted.stderr == ""
    assert re.search(rf"model {STORE}/serving/\d+\n", predicted.stdout)


def test_the_run_after_a_killed_push_removes_what_it_left(
    root: Path, predicted: subprocess.CompletedProcess[str]
) -> None:
    serving = ServingFolder(f"{STORE}/serving")
    newest, oldest = serving.versions()
    assert f"model {STORE}/serving/{oldest}\n" in predicted.stdout
    assert sorted(fileio.listdir(serving.uri)) == [oldest, newest, "latest"]
    assert serving.latest() == newest
    assert [serving.find_damage(version) for version in (oldest, newest)] == ["", ""]


def test_a_killed_run_leaves_no_local_copies_behind_the_next_run(root: Path) -> None:
    assert not [*root.glob("runs/*/tmp")]


def test_the_history_is_on_the_store(root: Path) -> None:
    last = max((root / "runs").iterdir()) / "reports" / "report.json"
    report = json.loads(last.read_text())
    assert report["no_warm_start"] == ""
    assert report["verdict"]["blessed_before"] in fileio.listdir(f"{STORE}/history/blessed_model")
    assert not fileio.exists(f"{STORE}/checkpoints")


def test_the_metadata_names_no_local_copy(root: Path) -> None:
    for artifact in open_store(root).store.get_artifacts():
        assert artifact.uri.startswith(f"{STORE}/artifacts/")
        assert "/tmp/copies/" not in str(artifact)


def test_commands_read_the_store(command: Command, root: Path, picture: Path) -> None:
    listed = json.loads(command("runs", "--root", root, "--json").stdout)
    assert [run["outcome"] for run in listed] == ["pushed", "did not finish", "pushed"]
    assert all(run["metrics"] for run in listed)
    shown = command("report", "--root", root)
    assert shown.stdout.startswith(f"run {listed[0]['run']}: blessed; ")
    assert f"figures {STORE}/artifacts/FairnessReport/figures/" in shown.stdout
    predicted = command("predict", picture, "--root", root)
    assert f"model {STORE}/serving/{ServingFolder(f'{STORE}/serving').latest()}" in predicted.stdout
    schema = command("schema", "infer", "--root", root)
    assert 'name: "age"' in schema.stdout, schema.stderr


def test_comparisons_train_on_copies_of_the_splits(root: Path, tmp_path: Path) -> None:
    splits = find_splits(root, "eval")
    assert splits.train_files.startswith(f"{STORE}/artifacts/Transform/")
    with splits.on_disk(tmp_path / "copies") as copies:
        for pattern in (copies.train_files, copies.eval_files, copies.examples):
            assert tf.io.gfile.glob(pattern)
        assert (Path(copies.transform_graph) / "transform_fn" / "saved_model.pb").exists()
    assert not (tmp_path / "copies").exists()


def test_other_places_for_the_same_root_are_refused(
    command: Command, root: Path, finished_run: FinishedRun
) -> None:
    ended = command("run", "--data", finished_run.data, "--root", root)
    assert ended.returncode == 2
    assert f"put them, in {STORE}; found {root} in the settings" in ended.stderr


@pytest.mark.parametrize(
    ("variables", "artifacts", "problem"),
    [
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, STORE, "EndpointConnectionError: .*ENDPOINT_"),
        ({}, "s3://no-such-bucket/x", "FileNotFoundError: .*Check that the bucket exists"),
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, STORE, "Set AWS_ACCESS_KEY_ID"),
    ],
    ids=["unreachable", "no bucket", "no credentials"],
)
def test_a_store_that_cannot_be_written_to_is_refused(
    command: Command,
    tmp_path: Path,
    variables: dict[str, str],
    artifacts: str,
    problem: str,
) -> None:
    refused, data = tmp_path / "root", tmp_path / "faces"
    data.mkdir()
    environment = {**command.environment, **variables, "AWS_EC2_METADATA_DISABLED": "true"}
    started = time.monotonic()
    arguments = ("--data", data, "--root", refused, "--set", f"artifacts={artifacts}")
    ended = replace(command, environment=environment)("run", *arguments)
    assert ended.returncode == 2
    assert re.search(f"{artifacts}: expected a reachable place; .*{problem}", ended.stderr)
    assert time.monotonic() - started < 60
    assert not refused.exists()


def test_a_store_that_refuses_to_write_is_refused(
    command: Command, server: S3Server, tmp_path: Path
) -> None:
    data = tmp_path / "faces"
    data.mkdir()
    server.fault = lambda request: "403" if request.method == "PUT" else None
    try:
        arguments = ("--data", data, "--root", tmp_path / "root")
        ended = command("run", *arguments, "--set", f"artifacts={STORE}")
    finally:
        server.fault = lambda request: None
    assert ended.returncode == 2
    assert "PermissionError: Access Denied. Check that the keys may" in ended.stderr
