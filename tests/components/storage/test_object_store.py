"""TFX's file calls on s3:// and minio://, against a local S3 server."""

import runpy
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from tfx.dsl.io import fileio, filesystem_registry
from tfx.dsl.io.plugins.tensorflow_gfile import TensorflowFilesystem
from tfx.utils import io_utils

from components.storage import object_store
from components.storage.object_store import ObjectStore
from tests.object_stores import client_of, s3_server

BUCKET = "models"
REGISTRY = filesystem_registry.DEFAULT_FILESYSTEM_REGISTRY


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Any:
    """TFX's file system registry, restored after the test."""
    for name in ("_preferred_filesystem_by_scheme", "_filesystem_priority"):
        monkeypatch.setattr(REGISTRY, name, dict(getattr(REGISTRY, name)))
    return REGISTRY


@pytest.fixture(scope="module")
def store() -> Iterator[Any]:
    """A client of a local S3 server, which the AWS environment variables name."""
    with s3_server() as server, client_of(server):
        yield boto3.client("s3")


@pytest.fixture
def others(store: Any, registry: Any) -> Any:
    """An independent client of a store with one empty bucket; ObjectStore is registered."""
    reset = f"{store.meta.endpoint_url}/moto-api/reset"
    urllib.request.urlopen(urllib.request.Request(reset, method="POST")).close()
    store.create_bucket(Bucket=BUCKET)
    object_store.register()
    return store


@pytest.fixture(params=["s3", "minio"])
def root(others: Any, request: pytest.FixtureRequest) -> str:
    return f"{request.param}://{BUCKET}"


def write(path: str, content: str = "") -> str:
    with fileio.open(path, "w") as file:
        file.write(content)
    return path


def read(path: str) -> str:
    with fileio.open(path) as file:
        content: str = file.read()
    return content


def keys(client: Any) -> list[str]:
    return [found["Key"] for found in client.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


def test_object_store_is_registered_only_for_s3_and_minio(registry: Any) -> None:
    rest = ("", "gs://", "hdfs://", "ram://")
    before = [registry.get_filesystem_for_scheme(scheme) for scheme in rest]
    assert before == [TensorflowFilesystem] * 4
    for _ in range(2):
        object_store.register()
        assert [registry.get_filesystem_for_scheme(scheme) for scheme in rest] == before
        assert registry.get_filesystem_for_path(b"s3://bucket/x") is ObjectStore
        assert registry.get_filesystem_for_path("minio://bucket/x") is ObjectStore


def test_registration_is_explicit_and_s3fs_is_needed_only_for_use(
    registry: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    module = runpy.run_path(str(object_store.__file__))
    assert registry.get_filesystem_for_scheme("s3://") is TensorflowFilesystem
    module["register"]()
    assert registry.get_filesystem_for_scheme("s3://") is module["ObjectStore"]
    with pytest.raises(ModuleNotFoundError, match="install the `kubeflow` extra"):
        fileio.exists("s3://bucket/x")


def test_both_schemes_name_the_same_file(others: Any) -> None:
    write(f"s3://{BUCKET}/a/b.txt", "é\r\nz\n")
    assert read(f"minio://{BUCKET}/a/b.txt") == "é\r\nz\n"
    found = others.get_object(Bucket=BUCKET, Key="a/b.txt")
    assert found["Body"].read() == "é\r\nz\n".encode()
    fileio.copy(f"minio://{BUCKET}/a/b.txt", f"s3://{BUCKET}/c")
    assert keys(others) == ["a/b.txt", "c"]


def test_bytes_are_read_and_written(root: str) -> None:
    content = bytes(range(256)) * 100
    with fileio.open(f"{root}/x", "wb") as file:
        file.write(content)
    with fileio.open(f"{root}/x".encode(), "rb") as file:
        assert file.read(3) == content[:3]
        assert file.read() == content[3:]


def test_changes_in_the_store_are_visible_immediately(root: str, others: Any) -> None:
    assert (fileio.exists(f"{root}/a"), fileio.isdir(f"{root}/a")) == (False, False)
    others.put_object(Bucket=BUCKET, Key="a/b", Body=b"123")
    assert (fileio.exists(f"{root}/a"), fileio.isdir(f"{root}/a")) == (True, True)
    assert (fileio.exists(f"{root}/a/b"), fileio.isdir(f"{root}/a/b")) == (True, False)
    assert fileio.listdir(f"{root}/a") == ["b"]
    others.put_object(Bucket=BUCKET, Key="a/c", Body=b"")
    assert fileio.listdir(f"{root}/a/") == ["b", "c"]
    assert fileio.glob(f"{root}/a/*") == [f"{root}/a/b", f"{root}/a/c"]
    others.delete_object(Bucket=BUCKET, Key="a/b")
    assert fileio.listdir(f"{root}/a") == ["c"]
    assert (fileio.exists(root), fileio.isdir(root)) == (True, True)
    assert not fileio.exists(f"{root}-of-others/a")


def test_stat_works_for_files_and_folders(root: str, others: Any) -> None:
    write(f"{root}/a/b", "12345")
    written = others.head_object(Bucket=BUCKET, Key="a/b")["LastModified"]
    seconds = int(written.timestamp())
    assert fileio.stat(f"{root}/a/b") == (5, seconds * 10**9, False)
    assert fileio.stat(f"{root}/a").is_directory
    # The fingerprint that ExampleGen computes for its input.
    assert io_utils.generate_fingerprint("all", f"{root}/a/*") == (
        f"split:all,num_files:1,total_bytes:5,xor_checksum:{seconds},sum_checksum:{seconds}"
    )


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("*", ["a", "z.txt"]),
        ("a/*", ["a/b.txt", "a/c.txt", "a/d"]),
        ("a/?.txt", ["a/b.txt", "a/c.txt"]),
        ("a/[bx].txt", ["a/b.txt"]),
        ("*/*/*", ["a/d/e"]),
        ("a/**", ["a/b.txt", "a/c.txt", "a/d"]),
        ("a/b.txt", ["a/b.txt"]),
        ("a/nothing", []),
        ("nothing/*", []),
    ],
)
def test_patterns_match_as_they_match_local_files(
    root: str, tmp_path: Path, pattern: str, matches: list[str]
) -> None:
    for name in ("a/b.txt", "a/c.txt", "a/d/e", "z.txt"):
        write(f"{root}/{name}")
        io_utils.write_string_file(f"{tmp_path}/{name}", "")
    assert fileio.glob(f"{root}/{pattern}") == [f"{root}/{name}" for name in matches]
    locally = sorted(fileio.glob(f"{tmp_path}/{pattern}"))
    assert locally == [f"{tmp_path}/{name}" for name in matches]


def test_a_tree_is_walked_top_down_or_bottom_up(root: str) -> None:
    for name in ("a/x", "a/b/y", "a/c/z", "ab"):
        write(f"{root}/{name}")
    top = (f"{root}/a", ["b", "c"], ["x"])
    b, c = (f"{root}/a/b", [], ["y"]), (f"{root}/a/c", [], ["z"])
    assert list(fileio.walk(f"{root}/a")) == [top, b, c]
    assert list(fileio.walk(f"{root}/a", topdown=False)) == [b, c, top]
    pruned = []
    for path, folders, _ in fileio.walk(f"{root}/a"):
        pruned.append(path)
        folders[:] = [name for name in folders if name != "b"]
    assert pruned == [f"{root}/a", f"{root}/a/c"]


def test_a_walk_reports_a_missing_folder_to_onerror(root: str) -> None:
    errors: list[Exception] = []
    assert list(fileio.walk(f"{root}/nothing")) == []
    assert list(fileio.walk(f"{root}/nothing", onerror=errors.append)) == []
    (error,) = errors
    assert isinstance(error, fileio.NotFoundError)
    assert f"{root}/nothing" in str(error)


def test_no_folder_markers_are_written_but_existing_ones_are_read(root: str, others: Any) -> None:
    fileio.makedirs(f"{root}/a/b")
    fileio.mkdir(f"{root}/a/b/c")
    assert keys(others) == []
    for key in ("a/", "a/b/", "a/x"):
        others.put_object(Bucket=BUCKET, Key=key, Body=b"")
    assert fileio.listdir(f"{root}/a") == ["b", "x"]
    assert fileio.listdir(f"{root}/a/b") == []
    assert fileio.isdir(f"{root}/a/b")
    assert fileio.glob(f"{root}/a/*") == [f"{root}/a/b", f"{root}/a/x"]
    assert list(fileio.walk(f"{root}/a")) == [(f"{root}/a", ["b"], ["x"]), (f"{root}/a/b", [], [])]
    fileio.rename(f"{root}/a", f"{root}/c")
    assert keys(others) == ["c/x"]


def test_removing_a_path_keeps_paths_with_similar_names(root: str, others: Any) -> None:
    for name in ("a/x", "a/b/y", "a[x]", "ab", "a*"):
        write(f"{root}/{name}")
    fileio.rmtree(f"{root}/a")
    assert keys(others) == ["a*", "a[x]", "ab"]
    fileio.remove(f"{root}/a*")
    assert keys(others) == ["a[x]", "ab"]
    fileio.rmtree(f"{root}/a[x]")
    assert keys(others) == ["ab"]


def test_files_and_folders_are_renamed(root: str, others: Any) -> None:
    for name in ("a/x", "a/b/y", "ab"):
        write(f"{root}/{name}", name)
    fileio.rename(f"{root}/a", f"minio://{BUCKET}/c")
    fileio.rename(f"{root}/ab", f"{root}/d/e")
    assert keys(others) == ["c/b/y", "c/x", "d/e"]
    assert (read(f"{root}/c/b/y"), read(f"{root}/d/e")) == ("a/b/y", "ab")


@pytest.mark.parametrize("target", ["a", "a/b", "."])
def test_a_folder_is_not_moved_into_itself(root: str, others: Any, target: str) -> None:
    write(f"{root}/a/x")
    with pytest.raises(OSError, match="Expected paths that do not contain each other"):
        fileio.rename(f"{root}/a", f"{root}/{target}".removesuffix("/."), overwrite=True)
    assert keys(others) == ["a/x"]


@pytest.mark.parametrize("name", ["copy", "rename"])
def test_files_are_not_overwritten_by_default(root: str, name: str) -> None:
    change = getattr(fileio, name)
    old, new = write(f"{root}/old", "old"), write(f"{root}/new", "new")
    with pytest.raises(OSError, match=f"`overwrite` is false. Received: '{old}'"):
        change(new, old)
    assert read(old) == "old"
    change(new, old, overwrite=True)
    assert read(old) == "new"
    assert fileio.exists(new) == (name == "copy")


@pytest.mark.parametrize(
    "call",
    [
        fileio.open,
        fileio.listdir,
        fileio.remove,
        fileio.rmtree,
        fileio.stat,
        lambda path: fileio.copy(path, f"s3://{BUCKET}/new"),
        lambda path: fileio.rename(path, f"s3://{BUCKET}/new"),
    ],
    ids=["open", "listdir", "remove", "rmtree", "stat", "copy", "rename"],
)
@pytest.mark.parametrize("path", [f"{BUCKET}/nothing", "no-bucket/nothing"])
def test_a_missing_path_is_named(others: Any, path: str, call: Any) -> None:
    with pytest.raises(fileio.NotFoundError, match=f"found at 'minio://{path}'"):
        call(f"minio://{path}")


def test_a_folder_is_not_a_file_and_a_file_is_not_a_folder(
    root: str, others: Any, tmp_path: Path
) -> None:
    write(f"{root}/a/x")
    for call in (fileio.open, fileio.remove):
        with pytest.raises(fileio.NotFoundError, match=f"found at '{root}/a'"):
            call(f"{root}/a")
    with pytest.raises(fileio.NotFoundError, match=f"found at '{root}/a'"):
        fileio.copy(f"{root}/a", f"{tmp_path}/a")
    with pytest.raises(fileio.NotFoundError, match="expected a folder, received a file"):
        fileio.listdir(f"{root}/a/x")
    assert keys(others) == ["a/x"]


def test_a_model_is_pushed_and_fetched(root: str, others: Any, tmp_path: Path) -> None:
    files = {"saved_model.pb": "graph", "variables/variables.index": "index", "assets/a/b": "c"}
    model = tmp_path / "model"
    for name, content in files.items():
        io_utils.write_string_file(f"{model}/{name}", content)
    (model / "assets.extra").mkdir()
    write(f"{root}/serving/1/stale")
    # Copies the model as Pusher does.
    io_utils.copy_dir(str(model), f"{root}/serving/1", deny_regex_patterns=[r"saved_model\.pb"])
    assert keys(others) == ["serving/1/assets/a/b", "serving/1/variables/variables.index"]
    io_utils.copy_file(f"{model}/saved_model.pb", f"{root}/serving/1/saved_model.pb")
    io_utils.copy_dir(f"{root}/serving/1", f"{root}/again")
    io_utils.copy_dir(f"{root}/again/", str(tmp_path / "fetched"))
    fetched = {
        str(path.relative_to(tmp_path / "fetched")): path.read_text()
        for path in (tmp_path / "fetched").rglob("*")
        if path.is_file()
    }
    assert fetched == files
    fileio.copy(f"{root}/again/saved_model.pb", f"{tmp_path}/one", overwrite=True)
    with pytest.raises(OSError, match="already exists"):
        fileio.copy(f"{tmp_path}/one", f"{root}/again/saved_model.pb")


def test_an_empty_file_is_fetched(root: str, tmp_path: Path) -> None:
    (tmp_path / "classes.txt").touch()
    fileio.copy(f"{tmp_path}/classes.txt", f"{root}/classes.txt")
    io_utils.copy_dir(root, str(tmp_path / "fetched"))
    assert (tmp_path / "fetched" / "classes.txt").read_bytes() == b""
