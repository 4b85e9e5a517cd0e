"""Each member of an archive is listed, with its bytes or with a reason."""

import bz2
import contextlib
import gzip
import io
import lzma
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from components.errors import InputError
from components.ingest.archives import archive
from components.ingest.archives.limits import DEFAULT_LIMITS, ArchiveLimits
from components.ingest.archives.member import Member
from tests.components.ingest import listed

PARTS = st.sampled_from(["..", ".", "", "C:", "__MACOSX", "a\\b", "é", "\u202e", "\n", "!"])
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
# Without a trailing slash, which is removed or marks a folder.
NAMES = st.builds(
    lambda parts, own: "/".join([*parts, own]),
    st.lists(PARTS | TEXT, max_size=4),
    TEXT.filter(lambda name: name and not name.endswith(("/", "\\"))),
)
SOME_LIMITS = ArchiveLimits(max_member_bytes=50)


class Entry(NamedTuple):
    """An entry to pack into an archive; a folder if the content is None."""

    name: str
    content: bytes | None


ENTRIES = st.lists(st.builds(Entry, NAMES, st.none() | st.binary(max_size=100)), max_size=8)


def pack_zip(entries: list[Entry], compress: bool) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED if compress else 0) as packed:
        for name, content in entries:
            packed.writestr(f"{name}/" if content is None else name, content or b"")
    return file.getvalue()


def compress(content: bytes) -> bytes:
    """Compresses to gzip without the time, which would be part of the names of tests."""
    return gzip.compress(content, mtime=0)


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
def test_every_member_is_listed_once_and_in_order(path, pack, entries, compress) -> None:
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
        ("a.tar.bz2", "tar"),
        ("a.tbz2", "tar"),
        ("a.tar.xz", "tar"),
        ("a.txz", "tar"),
        ("a.tar.zst", "tar"),
        ("a.tzst", "tar"),
        ("A.TAR.GZ", "tar"),
        ("a.zip", "zip"),
        ("s3://bucket/a.ZIP", "zip"),
    ],
)
def test_the_suffix_determines_the_kind_of_archive(path: str, kind: str) -> None:
    assert archive.is_archive(path)
    assert archive.kind(path) == kind


@pytest.mark.parametrize(
    "path", ["a.gz", "a.tar.lz", "a.7z", "azip", "a.zip/b.jpg", "a.zip.jpg", ""]
)
def test_paths_with_other_suffixes_are_not_archives(path: str) -> None:
    assert not archive.is_archive(path)


FACE = [Entry("f.jpg", b"picture")]
TAR = pack_tar(FACE, compress=False)
FACES = [Entry(f"{number}.jpg", bytes([number]) * 700) for number in range(4)]
HALVES = pack_tar(FACES, compress=False)[:1500], pack_tar(FACES, compress=False)[1500:]
ZIP = pack_zip(FACE, compress=True)
PAGE = b"<!DOCTYPE html><html><head><title>Virus scan warning</title></head></html>"
FETCH = "Fetch the archive again: many sites send a sign-in page or a confirmation page instead."


@pytest.mark.parametrize(
    ("name", "data", "found"),
    [
        ("junk.tar.zst", zstandard.compress(TAR) + b"junk", "zstd decompress error: "),
        ("cut.tar.bz2", bz2.compress(TAR)[:-1], "Compressed file ended before"),
        ("cut.tar.xz", lzma.compress(TAR)[:-1], "Compressed file ended before"),
        ("cut.tar.zst", zstandard.compress(TAR)[:-20], ""),
        ("wrong.tar.xz", lzma.compress(TAR)[:-40] + lzma.compress(TAR)[-39:], ""),
        ("twice.tgz", compress(pack_tar(FACE, compress=True)), "unexpected end of data"),
        ("junk.tgz", pack_tar(FACE, compress=True) + b"junk", "Not a gzipped file (b'ju')"),
        ("two.tgz", pack_tar(FACE, compress=True) * 2, "bytes after the end of the archive"),
        ("two.zip", pack_zip(FACE, compress=True)[:-1] * 2, "File is not a zip file"),
        ("nothing.tgz", compress(b""), "unexpected end of data"),
    ],
)
def test_a_damaged_archive_is_named_in_the_error(
    name: str, data: bytes, found: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        listed.read(str(path))
    kind = "zip" if name.endswith(".zip") else "tar"
    start = f"{path}: expected a whole {kind} archive; reading failed with {found}"
    assert str(caught.value).startswith(start)
    assert str(caught.value).endswith(". Fetch the archive again.")


@pytest.mark.parametrize(
    ("name", "data", "found"),
    [
        ("f.tar.gz", PAGE, f"an HTML page. {FETCH}"),
        ("f.zip", b"\xef\xbb\xbf\n" + PAGE.lower(), f"an HTML page. {FETCH}"),
        ("f.tar", b"<?xml version='1.0'?><Error><Code>NoSuchKey", f"an XML document. {FETCH}"),
        ("f.tar.gz", ZIP, "a zip archive. Rename it to end in .zip."),
        ("f.tar", pack_zip([], compress=True), "a zip archive. Rename it to end in .zip."),
        ("f.zip", TAR, "a tar archive. Rename it to end in .tar."),
        (
            "f.zip",
            compress(TAR),
            "a gzip archive. If it holds a tar, rename it to end in .tar.gz.",
        ),
        ("f.zip", bz2.compress(TAR), "a bzip2 archive. If it holds a tar, rename it to end in .ta"),
        ("f.zip", lzma.compress(TAR), "an xz archive. If it holds a tar, rename it to end in .tar"),
        ("f.zip", zstandard.compress(TAR), "a Zstandard archive. If it holds a tar, rename it to"),
        ("f.tar.gz", b"7z\xbc\xaf\x27\x1c\0\4", "a 7z archive. Unpack it, and name the folder."),
        ("f.zip", b"Rar!\x1a\x07\1\0", "a RAR archive. Unpack it, and name the folder."),
        (
            "f.zip",
            b"version https://git-lfs.github.com/spec/v1\noid sha256:",
            "a Git LFS pointer instead of the file. Fetch the file: git lfs pull",
        ),
        (
            "f.tgz",
            b"\xff\xd8\xff\xe0",
            "a JPEG image. Rename it, or name a folder with images.",
        ),
        ("f.tgz", b"", "an empty file. Fetch the archive again."),
    ],
)
def test_a_file_that_is_no_archive_is_reported_with_its_actual_type(
    name: str, data: bytes, found: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        listed.read(str(path))
    kind = "zip" if name.endswith(".zip") else "tar"
    start = f"{path}: expected a {kind} archive, as its name says; found {found}"
    assert str(caught.value).startswith(start)


def test_the_first_member_name_of_a_tar_is_not_mistaken_for_a_signature(tmp_path: Path) -> None:
    names = ["<html>.jpg", "PK\3\4.jpg", "%PDF-.jpg", "7z\xbc.jpg", "BMface"]
    for name in names:
        (tmp_path / "f.tar").write_bytes(pack_tar([Entry(name, b"1")], compress=False))
        assert [file.name for file in listed.read(f"{tmp_path}/f.tar")] == [name]


def test_a_missing_zstandard_package_is_reported_with_advice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "f.tar.zst").write_bytes(zstandard.compress(TAR))
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(InputError) as caught:
        listed.read(f"{tmp_path}/f.tar.zst")
    assert str(caught.value) == (
        f"{tmp_path}/f.tar.zst: expected a tar archive, as its name says; found a Zstandard "
        "archive, which needs the package zstandard. Install it, or convert the archive: "
        "zstd -dc FACES.tar.zst | gzip > FACES.tar.gz"
    )


@pytest.mark.parametrize("compress", [bz2.compress, lzma.compress, zstandard.compress])
def test_a_decompression_bomb_stops_reading_with_any_compression(compress, tmp_path: Path) -> None:
    bomb = pack_tar([Entry("bomb.jpg", bytes(40 << 20))], compress=False)
    (tmp_path / "f.tar.xz").write_bytes(compress(bomb))
    with pytest.raises(InputError, match=r"ingest\.archives\.max_ratio"):
        listed.read(f"{tmp_path}/f.tar.xz")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("f.tar.bz2", bz2.compress(pack_tar(FACES, compress=False))),
        ("f.tar.xz", lzma.compress(pack_tar(FACES, compress=False))),
        ("f.tar.zst", zstandard.compress(pack_tar(FACES, compress=False))),
        ("bzip2.tar.gz", bz2.compress(pack_tar(FACES, compress=False))),
        ("xz.tar", lzma.compress(pack_tar(FACES, compress=False))),
        ("in-two-parts.tbz2", b"".join(map(bz2.compress, HALVES))),
        ("in-two-parts.txz", b"".join(map(lzma.compress, HALVES))),
        ("in-two-parts.tzst", b"".join(map(zstandard.compress, HALVES))),
        ("junk-behind.tbz2", bz2.compress(pack_tar(FACES, compress=False)) + b"junk"),
        ("junk-behind.txz", lzma.compress(pack_tar(FACES, compress=False)) + b"junk"),
        ("compressed.tar", pack_tar(FACES, compress=True)),
        ("plain.tar.gz", pack_tar(FACES, compress=False)),
        ("in-two-parts.tgz", b"".join(map(compress, HALVES))),
        ("with-empty-parts.tgz", compress(b"") + pack_tar(FACES, compress=True)),
        ("with-noughts.tgz", pack_tar(FACES, compress=True) + bytes(99)),
        ("with-more-noughts.tar", pack_tar(FACES, compress=False) + bytes(99_999)),
        ("in-front.zip", b"#!/bin/sh\n" + pack_zip(FACES, compress=True)),
    ],
)
def test_unusual_but_valid_archives_are_read(name: str, data: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    read = [(file.name, file.data) for file in listed.read(str(tmp_path / name))]
    assert read == FACES


@pytest.mark.parametrize("compress", [bz2.compress, lzma.compress, zstandard.compress])
@pytest.mark.parametrize("parts", [[b"".join(HALVES)], HALVES])
def test_a_truncated_tar_raises_an_error_or_gives_all_files(compress, parts) -> None:
    whole = b"".join(map(compress, parts))
    for length in range(0, len(whole), 3):
        with contextlib.suppress(InputError):
            cut = io.BytesIO(whole[:length])
            members = list(archive.read_members("f.tar", cut, DEFAULT_LIMITS))
            assert [(member.name, member.data) for member in members] == FACES, length


@pytest.mark.parametrize("name", ["outer.tar", "outer.zip"])
def test_a_nested_archive_is_listed_as_a_file(name: str, tmp_path: Path) -> None:
    inner = pack_zip(FACE, compress=True)
    pack = pack_zip if name.endswith(".zip") else pack_tar
    (tmp_path / name).write_bytes(pack([Entry("inner.zip", inner)], compress=True))
    (file,) = listed.read(str(tmp_path / name))
    assert (file.name, file.data) == ("inner.zip", inner)


def test_the_default_limits_allow_many_times_the_size_of_the_data_set() -> None:
    crop_part1_files, crop_part1_bytes = 9_780, 107_000_000
    DEFAULT_LIMITS.check_members(16 * crop_part1_files)
    DEFAULT_LIMITS.check_bytes(16 * crop_part1_bytes, crop_part1_bytes // 2)
    DEFAULT_LIMITS.check_members(10 * 24_107)
    DEFAULT_LIMITS.check_bytes(10 * 1_400_000_000, 1_400_000_000)
