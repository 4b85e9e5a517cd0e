"""`utkface gc` keeps what is needed, removes the rest, and finishes when it is called again."""

import json
import shutil
import uuid
from pathlib import Path

import boto3
import pytest
from click.testing import CliRunner, Result
from ml_metadata.proto import metadata_store_pb2 as mlmd
from tfx.dsl.io import fileio
from tfx.utils import io_utils

from components.errors import InputError
from components.history.registry import BLESSED_MODEL, MEASURED_MODEL, History
from components.serving.manifest import make_manifest, write_manifest
from pipeline.cli import main
from pipeline.operations import collection
from pipeline.operations.collection import collect
from pipeline.root.garbage.retention import decide
from pipeline.root.lock import lock_root
from pipeline.root.metadata_store import RootStore
from pipeline.root.run_history import find_run, list_runs
from pipeline.root.storage import RootStorage
from pipeline.root.store_owner import claim_artifacts
from tests.object_stores import client_of, registered, s3_server
from tests.pipeline.recorded_root import KILOBYTE, RecordedRoot

FAILED, RUNNING = mlmd.Execution.FAILED, mlmd.Execution.RUNNING
_ENTRY = "20261130T120000.000000Z-span1-0123abcd"


@pytest.fixture
def root(tmp_path: Path) -> RecordedRoot:
    return RecordedRoot(tmp_path)


def gc(root: RecordedRoot, *arguments: str) -> Result:
    return CliRunner(env={"COLUMNS": "100"}).invoke(
        main, ["gc", "--root", str(root.path), *arguments]
    )


def test_the_newest_finished_runs_are_kept_and_the_others_marked_and_removed(
    root: RecordedRoot,
) -> None:
    for name in ("1", "2", "3", "4"):
        root.finished_run(name)
    old, new = root.folders_of("1", "2"), root.folders_of("3", "4")
    dry = gc(root, "--keep", "2", "--dry-run")
    assert dry.exit_code == 0, dry.output
    assert root.folders() == old | new and not root.deleted()
    ended = gc(root, "--keep", "2")
    assert root.folders() == new and root.deleted() == old
    rows = [line.split() for line in ended.output.splitlines() if " MB" in line]
    # Seven outputs of 4 kB each.
    assert rows[:2] == [["1", "7", "0.0", "MB"], ["2", "7", "0.0", "MB"]]
    assert dry.output.replace("would remove", "removed") == ended.output
    assert ended.output.endswith("removed 14 folders, 0.1 MB\n")
    assert sorted(path.name for path in (root.path / "runs").iterdir()) == ["1", "2", "3", "4"]
    assert gc(root, "--keep", "2").output == "removed 0 folders, 0.0 MB\n"


def test_what_a_kept_run_reused_is_kept(root: RecordedRoot) -> None:
    examples = root.finished_run("1")
    root.finished_run("2")
    root.finished_run("3", examples=examples)
    gc(root, "--keep", "1")
    assert root.folders() == root.folders_of("3")
    assert {folder for folder in root.folders() if folder.startswith("Gen/")} == {"Gen/examples/1"}
    assert "Gen/examples/1" not in root.deleted()


def test_the_runs_of_the_model_pushed_last_and_of_the_model_served_are_kept(
    root: RecordedRoot, monkeypatch: pytest.MonkeyPatch
) -> None:
    root.finished_run("1", version="100")
    root.finished_run("2", version="200")
    root.finished_run("3", version="300")
    root.finished_run("4")
    # As after a rollback.
    served = f"{root.path}/serving/100"
    monkeypatch.setattr(collection.RootStorage, "latest_model", lambda _: served)
    second = root.folders_of("2")
    gc(root, "--keep", "1")
    cards = ("Trainer/", "Fairness/", "Pusher/", "ModelCard/")
    assert root.folders() == root.folders_of("1", "3", "4") | {
        folder for folder in second if folder.startswith(cards)
    }
    assert {path.name for path in (root.path / "serving").iterdir()} == {"100", "200", "300"}


def test_a_model_that_is_no_longer_there_keeps_nothing(root: RecordedRoot) -> None:
    for name in ("1", "2"):
        root.finished_run(name, version=f"{name}00")
    (root.path / "serving" / "100" / "saved_model.pb").unlink()
    (root.path / "serving" / "100").rmdir()
    gc(root, "--keep", "1")
    assert root.folders() == root.folders_of("2")


def test_steps_of_a_killed_run_are_kept_until_a_later_run_finishes(root: RecordedRoot) -> None:
    root.finished_run("1")
    killed = root.run("2")
    examples = root.step(killed, "Gen", {"examples": {}})
    root.step(killed, "Transform", {"graph": {}}, examples, state=RUNNING)
    gc(root, "--keep", "1")
    assert root.folders() == root.folders_of("1", "2")
    states = [one.last_known_state for one in root.store.get_executions()]
    assert states.count(FAILED) == 1 and RUNNING not in states
    root.finished_run("3")
    gc(root, "--keep", "1")
    assert root.folders() == root.folders_of("3")


def test_failed_steps_unknown_folders_and_leftovers_are_removed(root: RecordedRoot) -> None:
    root.finished_run("1")
    failed = root.run("2")
    root.step(failed, "Trainer", {"model": {}}, state=FAILED)
    orphan = root.path / "artifacts" / "Trainer" / "model" / "99"
    orphan.mkdir()
    (orphan / "file").write_bytes(bytes(KILOBYTE))
    other = root.path / "artifacts" / "Trainer" / "notes"
    other.mkdir()
    history = History(f"{root.path}/history")
    kept = history.record(MEASURED_MODEL, str(orphan), span=1, properties={})
    half = history.record(MEASURED_MODEL, str(orphan), span=1, properties={})
    Path(half.folder, "entry.json").unlink()
    for name in ("runs/2/tmp/copies", "serving/.300.part"):
        (root.path / name).mkdir(parents=True)
        (root.path / name / "file").write_bytes(bytes(KILOBYTE))
    removed = {one.what: (one.folders, one.freed) for one in collect(root.path, 1)}
    assert removed == {
        collection.UNFINISHED: (1, KILOBYTE),
        # The history has links to its file.
        collection.UNKNOWN: (1, 0),
        collection.LEFTOVERS: (3, 2 * KILOBYTE),
    }
    assert root.folders() == root.folders_of("1") and other.is_dir()
    assert [path.name for path in Path(kept.folder).parent.iterdir()] == [kept.name]
    kept.check()
    assert not list(root.path.glob("serving/.*")) and not list(root.path.glob("runs/*/tmp"))


def test_a_killed_collection_is_finished_by_the_next(
    root: RecordedRoot, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("1", "2"):
        root.finished_run(name)
    old, removals = root.folders_of("1"), []

    def kill(path: str) -> None:
        removals.append(path)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(collection, "_remove", kill)
        with pytest.raises(KeyboardInterrupt):
            collect(root.path, 1)
    # Nothing reuses what is still on disk.
    assert root.deleted() == old and old < root.folders()
    assert len(collect(root.path, 1)) == 1
    assert root.folders() == root.folders_of("2")


def test_artifacts_on_a_store_are_removed(root: RecordedRoot) -> None:
    for name in ("1", "2"):
        root.finished_run(name)
    new = root.folders_of("2")
    with s3_server() as server, client_of(server), registered():
        bucket = uuid.uuid4().hex
        boto3.client("s3").create_bucket(Bucket=bucket)
        store = f"s3://{bucket}/utkface"
        io_utils.copy_dir(f"{root.path}/artifacts", f"{store}/artifacts")
        with fileio.open(f"{store}/history/{MEASURED_MODEL}/{_ENTRY}/files/half", "wb") as file:
            file.write(bytes(10))
        shutil.rmtree(root.path / "artifacts")
        (root.path / "artifacts.uri").write_text(f"{store}\n")
        removed = {one.what: (one.folders, one.freed) for one in collect(root.path, 1)}
        assert removed == {"1": (7, 7 * KILOBYTE), collection.LEFTOVERS: (1, 10)}
        left = {path for path, _, names in fileio.walk(f"{store}/artifacts") if names}
        assert left == {f"{store}/artifacts/{folder}" for folder in new}
        assert not fileio.exists(f"{store}/history")
        assert collect(root.path, 1) == []
        # Another root's artifacts would all be unknown.
        claim_artifacts(root.path, store)
        (root.path / "artifacts.tokens").unlink()
        with pytest.raises(InputError, match="expected a folder of the root"):
            collect(root.path, 1)


def test_records_of_another_root_on_a_server_are_left_alone(root: RecordedRoot) -> None:
    for name in ("1-aaaa", "2-aaaa", "0-bbbb", "3-bbbb"):
        root.finished_run(name)
    records = RootStore(root.store, "mysql://host/database", "aaaa")
    retention = decide(records, RootStorage.of(root.path), 1)
    assert retention.removed == ("1",) and {*retention.finished.values()} == {"1", "2"}
    base = f"{root.path}/artifacts/"
    obsolete = {artifact.uri.removeprefix(base) for artifact in retention.obsolete}
    assert obsolete == root.folders_of("1-aaaa")
    assert retention.folders == root.folders_of("2-aaaa")


def test_logs_are_removed_on_request(root: RecordedRoot) -> None:
    for name in ("1", "2"):
        root.finished_run(name)
    assert "logs and reports" in gc(root, "--keep", "1", "--logs").output
    assert [path.name for path in (root.path / "runs").iterdir()] == ["2"]


def test_old_blessed_models_without_a_version_are_removed_on_request(root: RecordedRoot) -> None:
    """Of six, the version of the first is served after a rollback, that of the last withdrawn."""
    root.finished_run("1")
    history, serving = History(f"{root.path}/history"), root.path / "serving"
    names = []
    for number in range(1, 7):
        model = root.path / f"model-{number}" / "Format-Serving"
        model.mkdir(parents=True)
        (model / "saved_model.pb").write_bytes(bytes([number]) * KILOBYTE)
        entry = history.record(BLESSED_MODEL, str(model.parent), span=number, properties={})
        history.record(MEASURED_MODEL, str(model.parent), span=number, properties={})
        names.append(entry.name)
        if number in (1, 3, 6):
            version = serving / ("withdrawn" if number == 6 else "") / f"{number}00"
            shutil.copytree(model, version)
            write_manifest(str(version), make_manifest(str(version), version.name))
        shutil.rmtree(model.parent)
    (serving / "latest").write_text("100")
    # An entry of an earlier release has no digests.
    document = json.loads(
        (root.path / "history/blessed_model" / names[1] / "entry.json").read_text()
    )
    del document["sha256"]
    (root.path / "history/blessed_model" / names[1] / "entry.json").write_text(json.dumps(document))

    def blessed() -> list[str]:
        return sorted(path.name for path in (root.path / "history" / BLESSED_MODEL).iterdir())

    assert collect(root.path, 1) == [] and blessed() == names
    told = gc(root, "--keep", "2", "--models").output
    assert "blessed models of which no version is left   1" in told
    assert blessed() == [*names[:3], *names[4:]]
    assert len([*(root.path / "history" / MEASURED_MODEL).iterdir()]) == 6


def test_later_commands_name_the_runs_without_artifacts(root: RecordedRoot) -> None:
    for name in ("20260101-1", "20260102-2"):
        root.finished_run(name)
    gc(root, "--keep", "1")
    assert [(run.run, run.outcome, run.removed) for run in list_runs(root.path)] == [
        ("20260102-2", "not blessed", False),
        ("20260101-1", "not blessed", True),
    ]
    with pytest.raises(InputError, match=r"those of 20260101-1 were removed by `utkface gc`"):
        find_run(root.path, "20260101")
    told = CliRunner(env={"COLUMNS": "200"}).invoke(main, ["runs", "--root", str(root.path)])
    assert "not blessed; artifacts removed" in told.output
    compared = CliRunner().invoke(main, ["report", "--root", str(root.path), "--run", "20260101-1"])
    assert compared.exit_code == 2 and "were removed by `utkface gc`" in compared.output


def test_nothing_is_removed_while_a_run_is_in_progress(root: RecordedRoot) -> None:
    for name in ("1", "2"):
        root.finished_run(name)
    before = root.folders()
    with lock_root(root.path):
        ended = gc(root, "--keep", "1")
    assert ended.exit_code == 5 and "Nothing removed: " in ended.output
    assert root.folders() == before and not root.deleted()


def test_a_root_without_runs_is_refused(tmp_path: Path) -> None:
    ended = CliRunner().invoke(main, ["gc", "--root", str(tmp_path), "--keep", "1"])
    assert ended.exit_code == 2 and "expected the metadata of a run" in ended.output
    assert not list(tmp_path.iterdir())
    assert "--keep" in CliRunner().invoke(main, ["gc", "--root", str(tmp_path)]).output
