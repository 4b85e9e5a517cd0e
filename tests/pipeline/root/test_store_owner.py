"""Two roots never share a folder on an object store."""

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from components.errors import InputError
from components.storage import s3
from pipeline.root.store_owner import check_owner, claim_artifacts
from tests.object_stores import client_of, s3_server


@pytest.fixture
def store() -> Iterator[str]:
    """A folder on a store."""
    with s3_server() as server, client_of(server):
        bucket = uuid.uuid4().hex
        boto3.client("s3").create_bucket(Bucket=bucket)
        yield f"s3://{bucket}/utkface"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    return folder


def test_a_root_keeps_its_folder_from_run_to_run(root: Path, store: str) -> None:
    check_owner(root, store)
    for _ in range(3):
        claim_artifacts(root, store)
        check_owner(root, store)


def test_another_root_is_refused(root: Path, store: str, tmp_path: Path) -> None:
    claim_artifacts(root, store)
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(InputError) as caught:
        claim_artifacts(other, store)
    assert f"a folder of the root {other} alone; {store} was last used by {root} on " in str(
        caught.value
    )
    assert str(caught.value).endswith(f"remove {store}/root.json.")
    check_owner(root, store)
    s3.file_system().rm_file(f"{store}/root.json")
    claim_artifacts(other, store)


def test_a_moved_root_keeps_its_folder_and_an_outdated_copy_does_not(
    root: Path, store: str, tmp_path: Path
) -> None:
    claim_artifacts(root, store)
    copy = shutil.copytree(root, tmp_path / "copy")
    moved = root.rename(tmp_path / "moved")
    claim_artifacts(moved, store)
    with pytest.raises(InputError, match=r"was last used by .*/moved on "):
        claim_artifacts(copy, store)


@pytest.mark.parametrize("reached", ["root", "store"])
def test_a_killed_run_does_not_lose_its_folder(
    root: Path, store: str, monkeypatch: pytest.MonkeyPatch, reached: str
) -> None:
    claim_artifacts(root, store)
    files = s3.file_system()

    with monkeypatch.context() as patch:
        original = files.pipe_file

        def killed(key: str, content: bytes) -> None:
            if reached == "store":
                original(key, content)
            raise KeyboardInterrupt

        patch.setattr(files, "pipe_file", killed)
        with pytest.raises(KeyboardInterrupt):
            claim_artifacts(root, store)
    claim_artifacts(root, store)
