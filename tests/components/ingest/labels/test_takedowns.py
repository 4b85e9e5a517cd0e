"""Takedown lists: which files they forbid, and which mistakes are detected."""

import hashlib
import pickle
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.errors import InputError
from components.ingest.labels.takedowns import Takedowns

SHIPPED = Path(__file__).parents[4] / "schema" / "takedowns.txt"
NAME = "39_1_1_20170116174525125.jpg.chip.jpg"
SPACED = "24_0_1_20170116220224657 .jpg.chip.jpg"
DIGEST = hashlib.sha256(b"a face").hexdigest()
OTHER = hashlib.sha256(b"another face").hexdigest()


@pytest.fixture
def listed(tmp_path):
    def write(text: str | bytes) -> str:
        path = tmp_path / "takedowns.txt"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return str(path)

    return write


def problem(path: str) -> str:
    """Returns the error message for a list, without the path at its start."""
    with pytest.raises(InputError) as caught:
        Takedowns.read(path)
    message = str(caught.value)
    assert message.startswith(path)
    return message.removeprefix(path)


@pytest.mark.parametrize("name", [NAME, SPACED])
@pytest.mark.parametrize("folder", ["", "part1/", "/data/a b/", "s3://bucket/", "faces.tar!part1/"])
def test_a_listed_name_is_forbidden_in_any_folder(listed, name: str, folder: str) -> None:
    assert Takedowns.read(listed(name)).forbids(folder + name, OTHER)


@pytest.mark.parametrize(
    "name", [NAME.upper(), "1" + NAME, NAME + "x", NAME + "/x.jpg", NAME[:-4], " " + NAME, ""]
)
def test_another_name_is_not_forbidden(listed, name: str) -> None:
    assert not Takedowns.read(listed(NAME)).forbids(name, OTHER)


@pytest.mark.parametrize("written", [DIGEST, DIGEST.upper(), DIGEST.capitalize()])
@pytest.mark.parametrize("given_as", [DIGEST, DIGEST.upper()])
def test_listed_bytes_are_forbidden_under_any_name(listed, written: str, given_as: str) -> None:
    takedowns = Takedowns.read(listed(written))
    assert takedowns.forbids(NAME, given_as)
    assert not takedowns.forbids(NAME, OTHER)
    # A digest is not a file name.
    assert not takedowns.forbids(written, OTHER)


@pytest.mark.parametrize(
    "text",
    [
        f"{NAME}\n{DIGEST}\n",
        f"{NAME}\r\n{DIGEST}",
        f"\ufeff{NAME}\n{DIGEST}\n",
        f"# a list\n\n  {NAME}  # asked for\n \t\n{DIGEST}\t# too\n#{OTHER}\n# {OTHER}\n",
        f"{NAME}\n{DIGEST}\n{NAME}\n{DIGEST.upper()}\n",
    ],
)
def test_comments_blank_lines_and_line_endings_do_not_matter(listed, text: str) -> None:
    assert Takedowns.read(listed(text)) == Takedowns(frozenset({NAME}), frozenset({DIGEST}))


@pytest.mark.parametrize("text", ["", "\n", "# nothing yet", "\ufeff", " \t\r\n"])
def test_an_empty_list_forbids_nothing(listed, text: str) -> None:
    takedowns = Takedowns.read(listed(text))
    assert takedowns == Takedowns()
    assert not takedowns.forbids(NAME, DIGEST)
    assert not takedowns.forbids("", "")


@pytest.mark.parametrize(
    "entry",
    [
        DIGEST[:-1],
        DIGEST + "0",
        DIGEST[:-1] + "g",
        "O" + DIGEST[1:],
        f"sha256:{DIGEST}",
        f"{DIGEST}  {NAME}",
        f"{DIGEST} {OTHER}",
        f"{NAME} {NAME}",
        f"{NAME},{DIGEST}",
        f"{NAME};",
        f'"{NAME}"',
        f"- {NAME}",
        f"{NAME}#asked for",
        f"/part1/{NAME}",
        f"part1//{NAME}",
        f"../{NAME}",
        f"{NAME} part1/{NAME}",
        "part_1/removed",
        f"part1\\{NAME}",
        "39_1_*.jpg",
        "39_1_?.jpg",
        f"{NAME}\u200b",
        f"\u202e{NAME}",
        f"{NAME}\0",
        f"{NAME}\r{NAME}",
        f"{NAME}\u2028{NAME}",
        "removed",
        "..",
        "..//..",
    ],
)
def test_an_invalid_entry_is_reported_with_its_line_number(listed, entry: str) -> None:
    told = problem(listed(f"# a list\n{OTHER}\n{entry}\n"))
    assert told == (
        ", line 3: expected one file name, the end of a path, e.g. train/1.jpg, or the 64 "
        f"hexadecimal digits of a SHA-256; found {entry!r} ({len(entry)} characters). List a "
        "file with an unusual name by its SHA-256."
    )


def test_invalid_utf_8_is_reported_with_its_line_number(listed) -> None:
    told = problem(listed(f"{NAME}\n".encode() + "é.jpg".encode("latin-1")))
    assert told == ", line 2: expected UTF-8; found the byte 0xe9. Save the file as UTF-8."


def test_an_unreadable_list_is_reported(tmp_path) -> None:
    told = ": expected a text file; reading it failed with "
    assert problem(str(tmp_path / "missing.txt")).startswith(told)
    assert problem(str(tmp_path)).startswith(told)


# A slow disk is not a failure.
@settings(deadline=None)
@given(data=st.binary() | st.text("abf0_. #\n\r/").map(str.encode))
def test_arbitrary_bytes_give_a_list_or_an_input_error(tmp_path_factory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "hostile.txt"
    path.write_bytes(data)
    try:
        takedowns = Takedowns.read(str(path))
    except InputError:
        assert problem(str(path))
        return
    # Every line is an entry, except comments and blank lines.
    lines = data.decode("utf-8-sig").split("\n")
    entries = {line.split("#")[0].strip() for line in lines} - {""}
    assert takedowns.names | takedowns.digests == {
        entry.lower() if len(entry) == 64 and not set(entry) & set("._") else entry
        for entry in entries
    }
    assert all(takedowns.forbids(f"x/{name}", OTHER) for name in takedowns.names)


def test_takedowns_can_be_pickled(listed) -> None:
    takedowns = Takedowns.read(listed(f"{NAME}\n{DIGEST}\n"))
    assert pickle.loads(pickle.dumps(takedowns)) == takedowns


def test_the_shipped_list_is_empty() -> None:
    assert Takedowns.read(str(SHIPPED)) == Takedowns()
