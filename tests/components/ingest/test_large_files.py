"""A file of any size has a row, and takes no more memory than the largest allowed file."""

import tracemalloc
from pathlib import Path

import pytest
from tfx.dsl.io import fileio

from components.ingest.sources import reading, source
from components.ingest.sources.reading import ImageFile
from tests.components.ingest.corpus.kinds import plan
from tests.components.ingest.drawn import encode, photo
from tests.components.ingest.running import run

NAME = "30_0_0_20170116174525125.jpg"
LIMIT = 1000


def listed(path: str) -> reading.ListedPath:
    (only,) = source.list_files(source.resolve(path))
    return only


def test_a_file_of_5_gb_is_quarantined_without_being_read(tmp_path: Path) -> None:
    folder = tmp_path / "faces"
    folder.mkdir()
    (folder / "1_0_0_20170116174525125.jpg").write_bytes(encode(photo()))
    with (folder / NAME).open("wb") as file:
        file.write(encode(photo()))
        file.truncate(5_000_000_000)
    rules = plan(tmp_path)
    tracemalloc.start()
    summary, (good, large) = run(rules, folder, tmp_path / "out")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (good.status, large.status) == ("accepted", "quarantined")
    assert (large.name, large.reason) == (NAME, "too-many-bytes")
    assert large.detail == "expected at most 200,000 bytes; found 5,000,000,000"
    assert (large.size, large.sha256) == (5_000_000_000, None)
    assert peak < 50_000_000
    assert summary.quarantined == 1


@pytest.mark.parametrize("size", [0, LIMIT, LIMIT + 1, 70_000])
@pytest.mark.parametrize("scheme", ["", "ram://test_large_files"])
def test_files_up_to_the_size_limit_are_read_completely(
    scheme: str, size: int, tmp_path: Path
) -> None:
    folder = scheme or str(tmp_path)
    path = f"{folder}/{size}.jpg"
    fileio.makedirs(folder)
    with fileio.open(path, "wb") as file:
        file.write(b"1" * size)
    whole = ImageFile(path, f"{size}.jpg", b"1" * size, relative_name=f"{size}.jpg", source=path)
    for allowed in (None, 70_000, LIMIT):
        (read,) = reading.read_listed(listed(path), max_bytes=allowed)
        if allowed == LIMIT < size:
            error = f"expected at most 1,000 bytes; found {size:,}"
            refused = {"data": None, "error": error, "reason": "too-many-bytes", "size": size}
            assert read == whole._replace(**refused)
        else:
            assert read == whole


def test_a_device_behind_a_link_is_not_read(tmp_path: Path) -> None:
    (tmp_path / NAME).symlink_to("/dev/zero")
    to_follow = listed(str(tmp_path))._replace(outside=False)
    (read,) = reading.read_listed(to_follow, max_bytes=LIMIT)
    assert (read.data, read.reason, read.size) == (None, "unreadable", None)
