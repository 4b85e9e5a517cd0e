"""A full disk ends a run with a message that names the path, and leaves no partial files.

`/dev/full` simulates a full disk: every write to it fails.
"""

import contextlib
import re
import resource
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import tensorflow as tf
from ml_metadata.proto import metadata_store_pb2
from tfx.orchestration.local.local_dag_runner import LocalDagRunner
from tfx.orchestration.metadata import sqlite_metadata_connection_config
from tfx.orchestration.pipeline import Pipeline
from tfx.types import standard_artifacts
from tfx.types import standard_component_specs as specs

from components.errors import ResourceError
from components.ingest.plan import IngestPlan
from components.ingest.settings import IngestSettings
from components.storage import files
from components.utkface_example_gen import executor, spans
from components.utkface_example_gen.artifact import LEDGER_KEY, Ledger
from components.utkface_example_gen.component import UtkFaceExampleGen

FULL = "/dev/full"
BUCKETS = {"train": 70, "eval": 10, "test": 20}
NO_SPACE = "No space left on device"


@pytest.fixture
def example_gen(faces: Path) -> UtkFaceExampleGen:
    plan = IngestPlan.of(IngestSettings(), BUCKETS)
    return UtkFaceExampleGen(data=str(faces), span=spans.NEWEST, plan=plan)


def do(example_gen: UtkFaceExampleGen, folder: Path) -> None:
    outputs = {specs.EXAMPLES_KEY: standard_artifacts.Examples(), LEDGER_KEY: Ledger()}
    for key, artifact in outputs.items():
        artifact.uri = str(folder / key)
    properties = {**example_gen.spec.exec_properties, "span": 0}
    context = executor.Executor.Context(beam_pipeline_args=["--runner=FnApiRunner"])
    executor.Executor(context).Do({}, {key: [one] for key, one in outputs.items()}, properties)


@pytest.mark.parametrize(
    ("at", "place"),
    [
        ("examples/Split-train/data_tfrecord-00000-of-00001.gz", "examples/Split-train"),
        ("examples/Split-test/data_tfrecord-00000-of-00001.gz", "examples/Split-test"),
        ("ledger/ledger.jsonl", "ledger/ledger.jsonl"),
        ("ledger/summary.json", "ledger/summary.json"),
    ],
)
def test_a_full_disk_is_reported_with_the_path_of_the_artifact(
    at: str, place: str, example_gen: UtkFaceExampleGen, tmp_path: Path
) -> None:
    (tmp_path / at).parent.mkdir(parents=True)
    (tmp_path / at).symlink_to(FULL)
    with pytest.raises(ResourceError) as caught:
        do(example_gen, tmp_path)
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / place}: expected room on the disk; ")
    assert NO_SPACE in message
    assert message.endswith(". Free space there, or give the run another root.")


def run(example_gen: UtkFaceExampleGen, folder: Path) -> None:
    metadata = sqlite_metadata_connection_config(f"{folder}/metadata.db")
    pipeline = Pipeline(
        "full",
        f"{folder}/root",
        metadata,
        components=[example_gen],
        beam_pipeline_args=["--runner=FnApiRunner"],
    )
    LocalDagRunner().run(pipeline)


def live_artifacts(folder: Path) -> int:
    """Returns how many artifacts a later run could reuse."""
    with contextlib.closing(sqlite3.connect(folder / "metadata.db")) as database:
        states = database.execute("SELECT state FROM Artifact").fetchall()
    return states.count((metadata_store_pb2.Artifact.LIVE,))


def test_a_run_on_a_full_disk_leaves_no_artifacts_for_the_next_run(
    example_gen: UtkFaceExampleGen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        create = files.create
        patch.setattr(files, "create", lambda path: create(FULL if "tfrecord" in path else path))
        with pytest.raises(ResourceError, match=NO_SPACE):
            run(example_gen, tmp_path)
    assert live_artifacts(tmp_path) == 0
    assert [path for path in (tmp_path / "root").rglob("*") if path.is_file()] == []
    run(example_gen, tmp_path)
    assert live_artifacts(tmp_path) == 2
    records = [str(path) for path in (tmp_path / "root").rglob("data_tfrecord*")]
    assert len(records) == len(BUCKETS)
    assert sum(1 for _ in tf.data.TFRecordDataset(records, "GZIP")) == 150


@pytest.mark.parametrize("older", [None, "an older ledger"])
def test_an_inspection_on_a_full_disk_does_not_change_an_older_ledger(
    older: str | None, faces: Path, tmp_path: Path
) -> None:
    ledger = tmp_path / "ledger.jsonl"
    if older:
        ledger.write_text(older)
    command = [str(Path(sys.executable).parent / "utkface"), "inspect", str(faces)]
    ended = subprocess.run(
        [*command, "--ledger", str(ledger)],
        capture_output=True,
        text=True,
        check=False,
        # Limits the size of files; the rows of 150 files need about twice as much.
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000)),
    )
    assert ended.returncode == 1, ended.stderr
    assert re.fullmatch(
        r"Error: \S+/ledger\.jsonl: expected room on the disk; writing stopped with \[Errno 27\] "
        r"File too large\. Free space there, or set TMPDIR to a folder on a larger disk\.\n",
        ended.stderr,
    )
    assert list(tmp_path.iterdir()) == ([ledger] if older else [])
    assert not older or ledger.read_text() == older


def test_a_ledger_on_a_full_disk_is_reported(faces: Path) -> None:
    command = [str(Path(sys.executable).parent / "utkface"), "inspect", str(faces)]
    ended = subprocess.run(
        [*command, "--ledger", FULL], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert ended.stderr == (
        f"Error: {FULL}: expected room on the disk; writing stopped with [Errno 28] {NO_SPACE}. "
        "Free space there, or choose another path.\n"
    )
