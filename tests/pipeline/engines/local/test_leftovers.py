"""What killed runs leave among the artifacts and in the history is removed, and nothing else."""

from pathlib import Path

import boto3
import pytest

from pipeline.engines.local.leftovers import remove_leftovers
from pipeline.root.metadata_store import UnfinishedExecution
from pipeline.root.storage import RootStorage
from tests.object_stores import client_of, registered, s3_server

FILES = (
    "Trainer/model/7/Format-Serving/saved_model.pb",
    "Trainer/model_run/7/history.json",
    "Trainer/model/3/Format-Serving/saved_model.pb",
    "Trainer/.system/executor_execution/7/.temp/x",
    "Pusher/.system/stateful_working_dir/a/x",
    "Pusher/pushed_model/7/x",
)
ENTRY = "20261130T194529.094261Z-span0-1dc8750f"
HISTORY = tuple(
    f"history/blessed_model/{name}"
    for name in (f"{ENTRY}/files/x", f"{ENTRY}/entry.json", f"{ENTRY[:-1]}e/files/x")
)


def storage_of(base: object) -> RootStorage:
    return RootStorage(Path("unused"), str(base))


def test_outputs_of_unfinished_executions_and_temporary_files_are_removed(tmp_path: Path) -> None:
    for name in FILES:
        (tmp_path / "artifacts" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "artifacts" / name).touch()
    unfinished = [UnfinishedExecution("Trainer", 7), UnfinishedExecution("Gone", 7)]
    remove_leftovers(storage_of(tmp_path), unfinished)
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {f"artifacts/{FILES[2]}", f"artifacts/{FILES[5]}"}
    assert not (tmp_path / "artifacts/Trainer/model/7").exists()


def test_history_entries_that_were_not_finished_are_removed(tmp_path: Path) -> None:
    for name in HISTORY:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    remove_leftovers(storage_of(tmp_path), [])
    assert [path.name for path in (tmp_path / "history/blessed_model").iterdir()] == [ENTRY]
    assert (tmp_path / HISTORY[0]).exists()


@pytest.mark.parametrize("folder", ["gone", "also/gone"])
def test_a_root_without_artifacts_is_left_alone(tmp_path: Path, folder: str) -> None:
    remove_leftovers(storage_of(tmp_path / folder), [UnfinishedExecution("Trainer", 7)])
    assert [*tmp_path.iterdir()] == []


def test_an_upload_that_was_killed_is_removed_from_a_store() -> None:
    with s3_server() as server, client_of(server), registered():
        client = boto3.client("s3")
        client.create_bucket(Bucket="killed")
        for name in (*(f"artifacts/{name}" for name in FILES[:3]), *HISTORY):
            client.put_object(Bucket="killed", Key=name, Body=b"x")
        remove_leftovers(storage_of("s3://killed"), [UnfinishedExecution("Trainer", 7)])
        left = client.list_objects_v2(Bucket="killed")["Contents"]
    expected = {f"artifacts/{FILES[2]}", *HISTORY[:2]}
    assert {each["Key"] for each in left} == expected
