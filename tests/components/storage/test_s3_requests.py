"""What a store is asked: few requests for many files, repeated ones for a busy store."""

import collections
import gc
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import boto3
import pytest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends
from tfx.dsl.io import fileio
from tfx.utils import io_utils

from components.errors import InputError
from components.ingest.sources import source
from components.storage import files, s3
from tests.lanes import only_in
from tests.object_stores import Request, S3Server, client_of, registered, s3_server

BUCKET = "faces"
ROOT = f"s3://{BUCKET}"
FOLDERS, KEYS = 300, 3000
LISTINGS = KEYS // 1000
MEGABYTE = 1 << 20


@pytest.fixture(scope="module")
def running() -> Iterator[S3Server]:
    with s3_server() as server, client_of(server), registered():
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        yield server


@pytest.fixture
def server(running: S3Server) -> S3Server:
    running.fault = lambda request: None
    running.requests.clear()
    return running


@pytest.fixture
def many(server: S3Server) -> Iterator[str]:
    """A folder of many files in many folders, the same number in each."""
    store = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
    keys = [f"many/{number % FOLDERS:04}/{number:06}.jpg" for number in range(KEYS)]
    for key in keys:
        store.put_object(BUCKET, key, b"x")
    yield f"{ROOT}/many"
    server.fault = lambda request: None
    if fileio.exists(f"{ROOT}/many"):
        fileio.rmtree(f"{ROOT}/many")


def count(requests: list[Request]) -> collections.Counter[str]:
    return collections.Counter("LIST" if request.lists else request.method for request in requests)


@pytest.mark.parametrize(
    "find",
    [
        lambda folder: [name for _, _, names in fileio.walk(folder) for name in names],
        lambda folder: [*files.walk(folder)],
        lambda folder: files.glob(f"{folder}/**/*.jpg"),
        lambda folder: [*source.list_files(source.resolve(folder))],
        lambda folder: [*source.list_files(source.of_pattern(f"{folder}/**/*.jpg"))],
    ],
    ids=["walk", "files.walk", "glob", "source of a folder", "source of a glob"],
)
def test_files_in_many_folders_are_listed_a_thousand_at_a_time(
    server: S3Server, many: str, find: Callable[[str], list[object]]
) -> None:
    assert len(find(many)) == KEYS
    asked = count(server.requests)
    assert asked.keys() <= {"LIST", "HEAD"}
    assert LISTINGS <= asked["LIST"] <= LISTINGS + 6
    assert asked["HEAD"] <= 3


@pytest.mark.parametrize(
    "find",
    [
        lambda folder: fileio.listdir(folder),
        lambda folder: fileio.glob(f"{folder}/*"),
        lambda folder: files.glob(f"{folder}/*.jpg"),
        lambda folder: [*source.list_files(source.of_pattern(f"{folder}/*.jpg"))],
    ],
    ids=["listdir", "glob", "files.glob", "source of a glob"],
)
def test_files_in_one_folder_are_listed_a_thousand_at_a_time(
    server: S3Server, find: Callable[[str], list[object]]
) -> None:
    store = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
    for number in range(KEYS):
        store.put_object(BUCKET, f"flat/{number:06}.jpg", b"x")
    assert len(find(f"{ROOT}/flat")) == KEYS
    asked = count(server.requests)
    assert LISTINGS <= asked["LIST"] <= 2 * LISTINGS + 2
    assert asked["HEAD"] <= 1


def test_tfx_computes_the_fingerprint_of_its_input_without_a_request_for_each_file(
    server: S3Server, many: str
) -> None:
    fingerprint = io_utils.generate_fingerprint("all", f"{many}/0007/*")
    assert fingerprint.startswith(f"split:all,num_files:{KEYS // FOLDERS},total_bytes:10,")
    assert sum(count(server.requests).values()) < KEYS // FOLDERS


def test_a_folder_is_removed_a_thousand_files_at_a_time(server: S3Server, many: str) -> None:
    fileio.rmtree(many)
    asked = count(server.requests)
    assert asked["POST"] == LISTINGS and asked["LIST"] == LISTINGS
    assert "DELETE" not in asked
    assert not fileio.exists(many)


def test_a_file_that_the_store_does_not_remove_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refusal = {"Key": "a/x", "Code": "AccessDenied", "Message": "Access Denied"}
    answer = SimpleNamespace(call_s3=lambda *_, **__: {"Errors": [refusal]})
    monkeypatch.setattr(s3, "file_system", lambda: answer)
    with pytest.raises(OSError, match=f"{ROOT}/a/x: expected to remove it; .* AccessDenied"):
        s3.delete(BUCKET, ["a/x"])


@pytest.mark.parametrize("fault", ["503", "dropped", "truncated"])
def test_requests_that_fail_are_repeated(server: S3Server, fault: str) -> None:
    content = random.Random(3).randbytes(MEGABYTE)
    chance = random.Random(5)
    server.fault = lambda _: fault if chance.random() < 0.3 else None
    for number in range(4):
        with fileio.open(f"{ROOT}/busy/{number}", "wb") as file:
            file.write(content)
    for number in range(4):
        with fileio.open(f"{ROOT}/busy/{number}", "rb") as file:
            assert file.read() == content
    assert len(files.glob(f"{ROOT}/busy/*")) == 4
    # A write is a request, a read two.
    assert len(server.requests) > 4 + 2 * 4 + 1


def test_a_store_that_stays_busy_is_an_error(
    server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "3")
    server.fault = lambda _: "503"
    with pytest.raises(
        InputError, match=f"{ROOT}/busy: expected a reachable place; .*Service Unav"
    ):
        files.listdir(f"{ROOT}/busy")
    assert len(server.requests) == 3


def test_a_write_that_fails_leaves_no_file(server: S3Server) -> None:
    def write_half(mode: str, content: bytes | str) -> None:
        with fileio.open(f"{ROOT}/half", mode) as file:
            file.write(content)
            raise KeyboardInterrupt

    for mode, content in (("wb", b"x" * (40 * MEGABYTE)), ("w", "x")):
        with pytest.raises(KeyboardInterrupt):
            write_half(mode, content)
    gc.collect()
    assert not fileio.exists(f"{ROOT}/half")


_COPY = """\
import resource, sys
from tfx.dsl.io import fileio
from components.storage import object_store
object_store.register()
local, remote = sys.argv[1:]
peaks = []
for name in ("small", "large"):
    fileio.copy(f"{local}/{name}", f"{remote}/{name}")
    fileio.copy(f"{remote}/{name}", f"{local}/{name}-again")
    peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
print(peaks[1] - peaks[0])
"""


@only_in("current", "the memory that a large file takes is measured")
@pytest.mark.slow
def test_a_large_file_is_copied_in_blocks(server: S3Server, tmp_path: Path) -> None:
    size = 120 * MEGABYTE
    for name, length in {"small": 20 * MEGABYTE, "large": size}.items():
        with (tmp_path / name).open("wb") as file:
            file.truncate(length)
    ended = subprocess.run(
        [sys.executable, "-c", _COPY, str(tmp_path), f"{ROOT}/copies"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert (tmp_path / "large-again").stat().st_size == size
    assert int(ended.stdout) * 1024 < size // 2
