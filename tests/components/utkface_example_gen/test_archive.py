"""Whatever an archive holds, each member of it is listed: with its bytes, or with a reason."""

import io
import tarfile
import zipfile
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.utkface_example_gen import archive
from components.utkface_example_gen.archive_limits import DEFAULT_LIMITS, ArchiveLimits
from components.utkface_example_gen.archive_member import Member

PARTS = st.sampled_from(["..", ".", "", "C:", "__MACOSX", "a\\b", "é", "\u202e", "\n", "!"])
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
# An end that is no slash: that of a folder is cut off or has another meaning.
NAMES = st.builds(
    lambda parts, own: "/".join([*parts, own]),
    st.lists(PARTS | TEXT, max_size=4),
    TEXT.filter(lambda name: name and not name.endswith("/")),
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
    assert [member.name for member in members] == [entry.name for entry in expected]
    for member, entry in zip(members, expected, strict=True):
        if member.data is None:
            assert member.error and member.reason == "unsafe-archive-member"
        else:
            assert member == Member(entry.name, entry.content)
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


def test_the_limits_leave_room_for_the_data_many_times_over() -> None:
    crop_part1_files, crop_part1_bytes = 9_780, 107_000_000
    DEFAULT_LIMITS.check_members(16 * crop_part1_files)
    DEFAULT_LIMITS.check_total(16 * crop_part1_bytes)
    DEFAULT_LIMITS.check_members(10 * 24_107)
    DEFAULT_LIMITS.check_total(10 * 1_400_000_000)
    DEFAULT_LIMITS.check_ratio(16 * crop_part1_bytes, crop_part1_bytes // 2)
