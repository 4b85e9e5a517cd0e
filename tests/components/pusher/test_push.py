"""A pushed version is complete or absent, on a disk and on a store, whatever happens."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from tfx.dsl.io import fileio

from components.errors import OperationError
from components.pusher import push as pushing
from components.pusher.push import push
from components.serving import folder as folders
from components.serving.folder import ServingFolder
from components.serving.manifest import MANIFEST_FILE, find_model_damage, read_manifest
from tests.killing import run_and_kill
from tests.object_stores import Request, S3Server, client_of, registered, s3_server

FILES = {"saved_model.pb": b"graph", "variables/variables.index": b"i" * 300}


def make_model(folder: Path, files: dict[str, bytes] = FILES) -> str:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return str(folder)


def accept(folder: str) -> None:
    """A check that accepts any model."""


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with s3_server() as server, client_of(server), registered():
        import boto3

        boto3.client("s3").create_bucket(Bucket="models")
        yield server


@pytest.fixture(scope="module")
def store(server: S3Server) -> str:
    return "s3://models"


@pytest.fixture(params=["disk", "store"])
def serving(request: pytest.FixtureRequest, tmp_path: Path) -> ServingFolder:
    if request.param == "disk":
        return ServingFolder(f"{tmp_path}/serving")
    store = request.getfixturevalue("store")
    return ServingFolder(f"{store}/{tmp_path.name}")


def names(serving: ServingFolder) -> list[str]:
    return sorted(fileio.listdir(serving.uri)) if fileio.isdir(serving.uri) else []


def test_a_pushed_model_has_a_manifest_and_is_the_latest(
    serving: ServingFolder, tmp_path: Path
) -> None:
    seen: list[set[str]] = []
    manifest = push(
        make_model(tmp_path / "model"),
        serving,
        # The checked files are not where servers look, or lack their manifest.
        check=lambda folder: seen.append({*names(serving)} & {"latest"}),
        keep=10,
    )
    assert seen == [set()]
    assert names(serving) == [manifest.version, "latest"]
    assert serving.latest() == manifest.version
    assert serving.find_damage(manifest.version) == ""
    with fileio.open(f"{serving.path(manifest.version)}/{MANIFEST_FILE}", "r") as file:
        document = json.loads(file.read())
    assert document["version"] == manifest.version
    assert {name: entry["bytes"] for name, entry in document["files"].items()} == {
        "saved_model.pb": 5,
        "variables/variables.index": 300,
    }


def test_files_are_linked_on_a_disk(tmp_path: Path) -> None:
    serving = ServingFolder(f"{tmp_path}/serving")
    model = make_model(tmp_path / "model")
    version = push(model, serving, check=accept, keep=10).version
    for name in FILES:
        assert Path(serving.path(version), name).samefile(Path(model, name))


def test_a_model_that_fails_the_check_leaves_nothing(
    serving: ServingFolder, tmp_path: Path
) -> None:
    first = push(make_model(tmp_path / "a"), serving, check=accept, keep=10)

    def refuse(folder: str) -> None:
        assert find_model_damage(folder) == ""
        raise OperationError("no")

    with pytest.raises(OperationError, match=r"^no$"):
        push(make_model(tmp_path / "b", {**FILES, "x": b"x"}), serving, check=refuse, keep=10)
    assert names(serving) == [first.version, "latest"]
    assert serving.latest() == first.version


def test_a_model_that_is_served_already_is_not_pushed_again(
    serving: ServingFolder, tmp_path: Path
) -> None:
    def refuse(folder: str) -> None:
        raise AssertionError("pushed again")

    first = push(make_model(tmp_path / "a"), serving, check=accept, keep=10)
    again = push(make_model(tmp_path / "b"), serving, check=refuse, keep=10)
    assert again == first
    # The run was killed after the push, before `latest` moved.
    fileio.remove(f"{serving.uri}/latest")
    assert push(make_model(tmp_path / "c"), serving, check=refuse, keep=10) == first
    assert serving.latest() == first.version


def test_a_damaged_version_is_pushed_again(serving: ServingFolder, tmp_path: Path) -> None:
    first = push(make_model(tmp_path / "a"), serving, check=accept, keep=10)
    fileio.remove(f"{serving.path(first.version)}/saved_model.pb")
    second = push(make_model(tmp_path / "b"), serving, check=accept, keep=10)
    assert int(second.version) > int(first.version)
    assert second.digests == first.digests


def test_old_versions_are_deleted_but_never_the_served_one(
    serving: ServingFolder, tmp_path: Path
) -> None:
    versions = []
    for number in range(4):
        model = make_model(tmp_path / str(number), {**FILES, "n": b"%d" % number})
        versions.append(push(model, serving, check=accept, keep=3).version)
    assert serving.versions() == versions[:0:-1]
    serving.point_to(versions[1])
    serving.withdraw(versions[3])
    serving.prune(keep=1)
    assert serving.versions() == [versions[1]]
    assert serving.withdrawn() == [versions[3]]
    assert names(serving) == [versions[1], "latest", "withdrawn"]


def test_new_versions_are_above_all_others(serving: ServingFolder, tmp_path: Path) -> None:
    serving.point_to("99999999999")
    first = push(make_model(tmp_path / "a"), serving, check=accept, keep=10).version
    assert len(first) == 10
    fileio.makedirs(serving.withdrawn_path("99999999999"))
    with fileio.open(f"{serving.withdrawn_path('99999999999')}/x", "w") as file:
        file.write("x")
    second = push(make_model(tmp_path / "b", {**FILES, "x": b"x"}), serving, check=accept, keep=10)
    assert second.version == "100000000000"


def test_the_next_push_removes_what_a_killed_one_left(
    serving: ServingFolder, tmp_path: Path
) -> None:
    for path in (serving.part("7") + "/incomplete", serving.path("7") + "/saved_model.pb"):
        fileio.makedirs(path.rpartition("/")[0])
        with fileio.open(path, "w") as file:
            file.write("half")
    assert not serving.predates_manifests("7")
    version = push(make_model(tmp_path / "a"), serving, check=accept, keep=10).version
    assert names(serving) == [version, "latest"]


@pytest.mark.parametrize(
    ("module", "function", "versions"),
    [
        (pushing, "write_manifest", 0),
        (pushing, "sync_tree", 0),
        (pushing, "rename", 0),
        (folders, "write_file", 1),
        (folders, "remove_tree", 1),
    ],
)
def test_a_push_that_is_killed_at_any_step_is_completed_by_the_next(
    tmp_path: Path, module: ModuleType, function: str, versions: int
) -> None:
    serving = ServingFolder(f"{tmp_path}/serving")
    old = push(make_model(tmp_path / "old", {"old": b""}), serving, check=accept, keep=10).version
    model = make_model(tmp_path / "model")
    run_and_kill(lambda: push(model, serving, check=accept, keep=1), module, function)
    complete = [version for version in serving.versions() if version != old]
    assert len(complete) == versions
    assert all(serving.find_damage(version) == "" for version in serving.versions())
    manifest = push(model, serving, check=accept, keep=1)
    assert names(serving) == [manifest.version, "latest"]
    assert serving.latest() == manifest.version
    assert complete in ([], [manifest.version])


def push_until_killed(server: S3Server, writes: int, model: str, serving: ServingFolder) -> bool:
    """Pushes a model as a process that is killed after some writes; returns whether it ended.

    The store refuses all writes after them, also the removal of what was written.
    """
    left = writes

    def kill(request: Request) -> str | None:
        nonlocal left
        left -= request.method != "GET" and request.method != "HEAD"
        return "403" if left < 0 else None

    server.fault = kill
    try:
        push(model, serving, check=accept, keep=1)
    except PermissionError:
        return False
    finally:
        server.fault = lambda request: None
    return True


@pytest.mark.slow
def test_a_push_to_a_store_that_is_killed_after_any_write_is_completed_by_the_next(
    server: S3Server, store: str, tmp_path: Path
) -> None:
    serving = ServingFolder(f"{store}/{tmp_path.name}")
    before = push(make_model(tmp_path / "old"), serving, check=accept, keep=1).version
    complete, ended = [], False
    while not ended:
        writes = len(complete)
        model = make_model(tmp_path / str(writes), {**FILES, "n": b"%d" % writes})
        ended = push_until_killed(server, writes, model, serving)
        versions = [one for one in serving.versions() if not serving.find_damage(one)]
        assert serving.latest() in versions
        new = [version for version in versions if version != before]
        version = push(model, serving, check=accept, keep=1).version
        assert names(serving) == [version, "latest"]
        assert (serving.latest(), serving.find_damage(version)) == (version, "")
        assert new in ([], [version])
        complete.append(bool(new))
        before = version
    # The version is complete after its mark, its files and its manifest.
    assert complete.index(True) == 5 and all(complete[5:]) and len(complete) > 8


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of its own, with room for 256 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("this user may not mount a disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_leaves_no_part_of_a_version(small_disk: Path, tmp_path: Path) -> None:
    serving = ServingFolder(f"{small_disk}/serving")
    first = push(make_model(tmp_path / "a"), serving, check=accept, keep=10).version
    large = make_model(tmp_path / "b", {**FILES, "variables/data": b"w" * 10**6})
    with pytest.raises(OSError, match="No space left on device"):
        push(large, serving, check=accept, keep=10)
    assert names(serving) == [first, "latest"]
    assert (serving.latest(), serving.find_damage(first)) == (first, "")


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda folder: (folder / "saved_model.pb").write_bytes(b"grapH"), "saved_model.pb has"),
        (lambda folder: (folder / "saved_model.pb").write_bytes(b"gra"), "saved_model.pb has"),
        (lambda folder: (folder / "saved_model.pb").unlink(), "saved_model.pb is missing"),
        (lambda folder: (folder / "more.so").touch(), "more.so was not there when"),
        (lambda folder: (folder / MANIFEST_FILE).unlink(), "it has no manifest.json"),
        (lambda folder: (folder / MANIFEST_FILE).write_text("{"), "manifest.json is damaged"),
        (lambda folder: (folder / MANIFEST_FILE).write_text("[]"), "manifest.json is damaged"),
        (
            lambda folder: (folder / MANIFEST_FILE).write_text('{"format": 2}'),
            "manifest.json is from another release",
        ),
        (
            lambda folder: (folder / MANIFEST_FILE).write_text(
                '{"format": 1, "version": "1", "files": {"../../latest": {"sha256": "", '
                '"bytes": 1}}}'
            ),
            "its manifest.json is that of version 1",
        ),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, damage, problem: str) -> None:
    serving = ServingFolder(f"{tmp_path}/serving")
    version = push(make_model(tmp_path / "a"), serving, check=accept, keep=10).version
    # A linked file would change in both places.
    for name in FILES:
        Path(serving.path(version), name).unlink()
    make_model(Path(serving.path(version)))
    assert serving.find_damage(version) == ""
    damage(Path(serving.path(version)))
    assert problem in serving.find_damage(version)


def test_a_manifest_cannot_name_files_outside_its_folder(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / MANIFEST_FILE).write_text(
        '{"format": 1, "version": "1", "files": {"../secret": {"sha256": "", "bytes": 1}}}'
    )
    assert read_manifest(str(folder)) is not None
    assert (
        find_model_damage(str(folder)) == "a digest is of '../secret', which is no path of a file"
    )
