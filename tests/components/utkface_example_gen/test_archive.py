"""Whatever an archive holds, each member of it is listed: with its bytes, or with a reason."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.errors import InputError
from components.utkface_example_gen import archive, reading
from components.utkface_example_gen.archive_limits import DEFAULT_LIMITS, ArchiveLimits
from components.utkface_example_gen.archive_member import Member

PARTS = st.sampled_from(["..", ".", "", "C:", "__MACOSX", "a\\b", "é", "\u202e", "\n", "!"])
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
# An end that is no slash: that of a folder is cut off or has another meaning.
NAMES = st.builds(
    lambda parts, own: "/".join([*parts, own]),
    st.lists(PARTS | TEXT, max_size=4),
    TEXT.filter(lambda name: name and not name.endswith(("/", "\\"))),
)
SOME_LIMITS = ArchiveLimits(max_member_bytes=50)


class Entry(NamedTuple):
    """What is put into an archive; a folder if the content is None."""

    name: str
    content: bytes | None


ENTRIES = st.lists(st.builds(Entry, NAMES, st.none() | st.binary(max_size=100)), max_size=8)


def pack_zip(entries: list[Entry], compress: bool) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED if compress else 0) as packed:
        for name, content in entries:
            packed.writestr(f"{name}/" if content is None else name, content or b"")
    return file.getvalue()


def pack_tar(entries: list[Entry], compress: bool) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz" if compress else "w") as packed:
        for name, content in entries:
            info = tarfile.TarInfo(name)
            if content is None:
                info.type = tarfile.DIRTYPE
            info.size = len(content or b"")
            packed.addfile(info, io.BytesIO(content or b""))
    return file.getvalue()


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(("path", "pack"), [("f.zip", pack_zip), ("f.tar", pack_tar)])
@settings(max_examples=150, deadline=None)
@given(entries=ENTRIES, compress=st.booleans())
def test_every_member_is_listed_once_in_its_place(path, pack, entries, compress) -> None:
    packed = io.BytesIO(pack(entries, compress))
    members = list(archive.read_members(path, packed, SOME_LIMITS))
    expected = [entry for entry in entries if entry.content is not None]
    for member, entry in zip(members, expected, strict=True):
        if member.data is None:
            assert member.name == entry.name
            assert member.error and member.reason == "unsafe-archive-member"
        else:
            assert member == Member(entry.name.replace("\\", "/"), entry.content)
            assert len(member.data) <= 50
            assert not member.name.startswith("/") and ".." not in member.name.split("/")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("a.tar", "tar"),
        ("a.tar.gz", "tar"),
        ("a.tgz", "tar"),
        ("A.TAR.GZ", "tar"),
        ("a.zip", "zip"),
        ("s3://bucket/a.ZIP", "zip"),
    ],
)
def test_the_suffix_says_what_an_archive_is(path: str, kind: str) -> None:
    assert archive.is_archive(path)
    assert archive.kind(path) == kind


@pytest.mark.parametrize("path", ["a.gz", "a.tar.bz2", "azip", "a.zip/b.jpg", "a.zip.jpg", ""])
def test_anything_else_is_a_file(path: str) -> None:
    assert not archive.is_archive(path)


FACE = [Entry("f.jpg", b"picture")]
FACES = [Entry(f"{number}.jpg", bytes([number]) * 700) for number in range(4)]
HALVES = pack_tar(FACES, compress=False)[:1500], pack_tar(FACES, compress=False)[1500:]


@pytest.mark.parametrize(
    ("name", "data", "found"),
    [
        ("tar.zip", pack_tar(FACE, compress=False), "File is not a zip file"),
        ("tar.gz.zip", pack_tar(FACE, compress=True), "File is not a zip file"),
        ("zip.tar", pack_zip(FACE, compress=True), "damaged header: "),
        ("zip.tar.gz", pack_zip(FACE, compress=False), "damaged header: "),
        ("bzip2.tar.gz", bz2.compress(pack_tar(FACE, compress=False)), "damaged header: "),
        ("xz.tar", lzma.compress(pack_tar(FACE, compress=False)), "damaged header: "),
        ("twice.tgz", gzip.compress(pack_tar(FACE, compress=True)), "damaged header: "),
        ("junk.tgz", pack_tar(FACE, compress=True) + b"junk", "Not a gzipped file (b'ju')"),
        ("two.tgz", pack_tar(FACE, compress=True) * 2, "bytes behind the end of the archive"),
        ("two.zip", pack_zip(FACE, compress=True)[:-1] * 2, "File is not a zip file"),
        ("no-bytes.tar", b"", "damaged header: empty header"),
        ("no-bytes.zip", b"", "File is not a zip file"),
        ("nothing.tgz", gzip.compress(b""), "damaged header: empty header"),
    ],
)
def test_what_is_no_archive_of_its_kind_is_told_with_its_name(
    name: str, data: bytes, found: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        list(reading.read(str(path)))
    kind = "zip" if name.endswith(".zip") else "tar"
    start = f"{path}: expected a whole {kind} archive; reading stopped with {found}"
    assert str(caught.value).startswith(start)
    assert str(caught.value).endswith(". Fetch the archive again.")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("compressed.tar", pack_tar(FACES, compress=True)),
        ("plain.tar.gz", pack_tar(FACES, compress=False)),
        ("in-two-parts.tgz", b"".join(map(gzip.compress, HALVES))),
        ("with-empty-parts.tgz", gzip.compress(b"") + pack_tar(FACES, compress=True)),
        ("with-noughts.tgz", pack_tar(FACES, compress=True) + bytes(99)),
        ("with-more-noughts.tar", pack_tar(FACES, compress=False) + bytes(99_999)),
        ("in-front.zip", b"#!/bin/sh\n" + pack_zip(FACES, compress=True)),
    ],
)
def test_what_tools_make_of_an_archive_is_read(name: str, data: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    read = [(file.name, file.data) for file in reading.read(str(tmp_path / name))]
    assert read == FACES


@pytest.mark.parametrize("name", ["outer.tar", "outer.zip"])
def test_an_archive_in_an_archive_is_a_file_like_any_other(name: str, tmp_path: Path) -> None:
    inner = pack_zip(FACE, compress=True)
    pack = pack_zip if name.endswith(".zip") else pack_tar
    (tmp_path / name).write_bytes(pack([Entry("inner.zip", inner)], compress=True))
    (file,) = reading.read(str(tmp_path / name))
    assert (file.name, file.data) == ("inner.zip", inner)


def test_the_limits_leave_room_for_the_data_many_times_over() -> None:
    crop_part1_files, crop_part1_bytes = 9_780, 107_000_000
    DEFAULT_LIMITS.check_members(16 * crop_part1_files)
    DEFAULT_LIMITS.check_total(16 * crop_part1_bytes)
    DEFAULT_LIMITS.check_members(10 * 24_107)
    DEFAULT_LIMITS.check_total(10 * 1_400_000_000)
    DEFAULT_LIMITS.check_ratio(16 * crop_part1_bytes, crop_part1_bytes // 2)
