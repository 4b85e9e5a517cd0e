"""A hard link counts as a separate file in a folder, an archive and an object store."""

import bz2
import errno
import gzip
import io
import json
import lzma
import os
import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from tfx.dsl.io import fileio

from components.errors import ResourceError
from components.ingest.archives.archive import read_members
from components.ingest.archives.limits import DEFAULT_LIMITS, ArchiveLimitError, ArchiveLimits
from components.ingest.plan import IngestPlan
from components.ingest.settings import IngestSettings
from pipeline.cli import main
from tests.components.ingest.running import run
from tests.components.ingest.test_tar_archive import entry, pack, read
from tests.lanes import only_in

MIB = 1 << 20
STAMP = "20170109142408{:03d}.jpg.chip.jpg"


def link(name: str, target: str) -> tuple[tarfile.TarInfo, bytes]:
    return entry(name, type=tarfile.LNKTYPE, linkname=target)


@pytest.mark.parametrize(
    "compress", [bytes, gzip.compress, bz2.compress, lzma.compress, zstandard.compress]
)
def test_a_link_copies_an_earlier_member(compress) -> None:
    archive = pack(
        entry("a", b"1"),
        link("b", "a"),
        link("c", "./b"),
        entry("a", b"22"),
        link("d", "a"),
        link("e", "f"),
        entry("f", b"333"),
        link("g", "g"),
        entry("h", type=tarfile.DIRTYPE),
        link("i", "h"),
    )
    members = read(compress(archive))
    assert [(member.name, member.data) for member in members] == [
        ("a", b"1"),
        ("b", b"1"),
        ("c", b"1"),
        ("a", b"22"),
        ("d", b"22"),
        ("e", None),
        ("f", b"333"),
        ("g", None),
        ("i", None),
    ]
    refused = [member for member in members if member.data is None]
    assert {member.reason for member in refused} == {"unsafe-archive-member"}
    assert refused[0].error == (
        "expected a hard link to an earlier, readable file in the archive; found a link to 'f'"
    )


def test_a_link_to_a_rejected_member_is_rejected() -> None:
    archive = pack(entry("/etc/a.jpg", b"1"), link("b.jpg", "/etc/a.jpg"))
    assert [member.data for member in read(archive)] == [None, None]


def test_copies_count_towards_the_limits() -> None:
    archive = pack(entry("a", b"1" * 1000), *[link("b", "a")] * 9)
    total = len(archive) + 9 * 1000
    assert len(read(archive, ArchiveLimits(max_total_bytes=total))) == 10
    with pytest.raises(ArchiveLimitError, match="max_total_bytes"):
        read(archive, ArchiveLimits(max_total_bytes=total - 1))
    bomb = pack(entry("a", os.urandom(MIB)), *[link("b", "a")] * 999)
    with pytest.raises(ArchiveLimitError, match="max_ratio"):
        read(gzip.compress(bomb), ArchiveLimits(max_ratio=300))


class CountedFile(io.BytesIO):
    count = 0

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self.count += len(data)
        return data


def test_an_archive_without_links_is_read_once() -> None:
    file = CountedFile(pack(*[entry("a", b"1" * MIB)] * 8))
    assert len(list(read_members("f.tar", file, DEFAULT_LIMITS))) == 8
    assert file.count < 8.1 * MIB


def test_a_full_disk_raises_a_resource_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    archive = pack(entry("a", bytes(2 * MIB)), link("b", "a"))
    with pytest.raises(ResourceError, match="expected room on the disk"):
        read(archive)


@pytest.fixture(scope="module")
def places() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp())
    yield folder
    shutil.rmtree(folder)


def outcomes(path: str) -> tuple[dict, dict[str, tuple]]:
    plan = IngestPlan.of(IngestSettings(), {"train": 70, "eval": 10, "test": 20})
    with tempfile.TemporaryDirectory() as folder:
        summary, rows = run(plan, path, Path(folder))
        return summary.to_dict(), {row.name: (row.status, row.reason, row.sha256) for row in rows}


# The age and the image number of each file.
FILES = st.lists(st.tuples(st.integers(20, 22), st.integers(0, 3)), min_size=1, max_size=8)


@only_in("legacy", "the kinds of sources are compared")
@pytest.mark.slow
@settings(max_examples=5, deadline=None)
@given(files=FILES)
def test_outcomes_are_the_same_in_folders_archives_and_object_stores(
    places: Path, faces: Path, files: list[tuple[int, int]]
) -> None:
    pictures = [path.read_bytes() for path in sorted(faces.iterdir())[:4]]
    folder = places / "faces"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    first: dict[int, Path] = {}
    for number, (age, picture) in enumerate(files):
        path = folder / f"{age}_0_0_{STAMP.format(number)}"
        if picture in first:
            os.link(first[picture], path)
        else:
            path.write_bytes(pictures[picture])
            first[picture] = path
    names = sorted(path.name for path in folder.iterdir())
    for form, mode in (("tar", "w"), ("tgz", "w:gz")):
        with tarfile.open(places / f"f.{form}", mode) as tar:
            for name in names:
                tar.add(folder / name, name)
            links = [member for member in tar.getmembers() if member.islnk()]
            assert len(links) == len(files) - len(first)
    with zipfile.ZipFile(places / "f.zip", "w") as packed:
        for name in names:
            packed.write(folder / name, name)
    store, packed_there = "ram://test_hard_links/faces", "ram://test_hard_links/f.tgz"
    # The store does not truncate a file that it overwrites.
    for path, remove in ((store, fileio.rmtree), (packed_there, fileio.remove)):
        if fileio.exists(path):
            remove(path)
    fileio.makedirs(store)
    for name in names:
        with fileio.open(f"{store}/{name}", "wb") as file:
            file.write((folder / name).read_bytes())
    with fileio.open(packed_there, "wb") as file:
        file.write((places / "f.tgz").read_bytes())
    expected = outcomes(str(folder))
    assert set(expected[1]) == set(names)
    archives = [f"{places}/f.{form}" for form in ("tar", "tgz", "zip")]
    for path in (*archives, store, packed_there):
        assert outcomes(path) == expected


def test_inspect_detects_a_link_with_a_conflicting_label(faces: Path, tmp_path: Path) -> None:
    first, second = (path.read_bytes() for path in sorted(faces.iterdir())[:2])
    names = [f"{age}_0_0_{STAMP.format(age)}" for age in (20, 60, 30)]
    archive = pack(entry(names[0], first), link(names[1], names[0]), entry(names[2], second))
    (tmp_path / "f.tar").write_bytes(archive)
    result = CliRunner().invoke(main, ["inspect", f"{tmp_path}/f.tar", "--json"])
    summary = json.loads(result.output)["summary"]
    assert (summary["listed"], summary["accepted"]) == (3, 1)
    assert summary["by_reason"] == {"label-conflict": 2}
