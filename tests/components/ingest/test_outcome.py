"""Reading a ledger ends in rows or in an error with its file, whatever happened to it."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.errors import InputError, ResourceError
from components.ingest.ledger.duplicates import Duplicates
from components.ingest.ledger.rows import LedgerRow, Status
from components.ingest.ledger.summary import IngestSummary, SplitTally
from components.ingest.outcome import ledger_place, read_rows, read_summary

ROWS = [
    LedgerRow(
        name="a/1.jpg",
        status="accepted",
        source="/faces",
        sha256="0" * 64,
        size=9,
        width=200,
        height=200,
        group="0" * 16,
        split="train",
        labels={"age": 3, "gender": 1, "race": 0},
        ranges={"age": (0, 9)},
        brightness=1.5,
    ),
    LedgerRow.quarantined("truncated", "expected …; found \udcff", name="b\udcff.jpg", size=0),
]
SUMMARY = IngestSummary(
    listed=2,
    accepted=1,
    repaired=0,
    quarantined=1,
    ignored=0,
    by_reason={"truncated": 1},
    duplicates=Duplicates(1, 2, 3, 4, {"age": 0.5}, 5, 6),
    distributions={"race": {"White": 1}},
    ranges={"age": 1},
    drawings=0,
    splits={"train": SplitTally(1, "0" * 64)},
    first_bad="'b.jpg': truncated",
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=5,
)
TEXT = {
    "ledger.jsonl": "".join(row.to_json() for row in ROWS),
    "summary.json": json.dumps(SUMMARY.to_dict()),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("ledger")
    yield folder
    shutil.rmtree(folder)


def write(folder: Path, **changes: bytes) -> None:
    for name, text in TEXT.items():
        (folder / name).write_bytes(changes.get(name, text.encode()))


def read(folder: Path, name: str) -> Any:
    return read_summary(str(folder)) if name == "summary.json" else list(read_rows(str(folder)))


def refused(folder: Path, name: str, data: bytes) -> str:
    """Returns the message about the file's content; empty if it is read."""
    write(folder, **{name: data})
    try:
        read(folder, name)
    except InputError as error:
        assert str(error).startswith(f"{folder}/{name}")  # noqa: PT017
        assert str(error).endswith("found a damaged file. Run the pipeline again.")  # noqa: PT017
        return str(error)
    return ""


def test_a_ledger_is_read_as_it_was_written(folder: Path) -> None:
    write(folder)
    assert list(read_rows(str(folder))) == ROWS
    assert list(read_rows(str(folder), containing="truncated")) == ROWS[1:]
    assert read_summary(str(folder)) == SUMMARY


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"status": "acepted"}, 1),
        ({"status": None}, 1),
        ({"size": "large"}, 1),
        ({"labels": [3, 1, 0]}, 1),
        ({"labels": {"age": "old"}}, 1),
        ({"ranges": {"age": [0]}}, 1),
        ({"ranges": {"age": [0, 9, 9]}}, 1),
        ({"brightness": []}, 1),
        ({"name": 3}, 1),
    ],
)
def test_a_row_with_a_wrong_value_is_named_by_its_line(
    folder: Path, changes: dict[str, Any], line: int
) -> None:
    row = json.dumps({**vars(ROWS[0]), **changes}) + "\n"
    data = (ROWS[1].to_json() + row).encode()
    message = f"{folder}/ledger.jsonl, line 2: expected a row of a ledger, as a run writes it; "
    assert refused(folder, "ledger.jsonl", data).startswith(message)


def test_columns_of_a_later_release_are_ignored(folder: Path) -> None:
    row = json.dumps({**vars(ROWS[0]), "mood": "good"}).encode()
    summary = json.dumps({**SUMMARY.to_dict(), "moods": {}}).encode()
    write(folder, **{"ledger.jsonl": row, "summary.json": summary})
    assert list(read_rows(str(folder))) == ROWS[:1]
    assert read_summary(str(folder)) == SUMMARY


@pytest.mark.parametrize("name", TEXT)
@pytest.mark.parametrize(
    "data", [b"[" * 99_999, b"\xff\xfe", b"null", b'"a"', b"{}", b"NaN", b"[1]"]
)
def test_a_file_of_something_else_is_named(folder: Path, name: str, data: bytes) -> None:
    assert refused(folder, name, data)


@settings(max_examples=150)
@given(st.sampled_from([*TEXT]), st.data())
def test_a_ledger_cut_anywhere_is_named_unless_a_row_ends_there(
    folder: Path, name: str, data: st.DataObject
) -> None:
    whole = TEXT[name].encode()
    cut = whole[: data.draw(st.integers(0, len(whole) - 2))]
    ends_a_row = name == "ledger.jsonl" and (not cut or cut.rstrip(b"\n") + b"\n" in whole)
    assert bool(refused(folder, name, cut)) == (not ends_a_row)


@settings(max_examples=150)
@given(st.sampled_from([*TEXT]), st.data())
def test_any_other_value_is_read_with_its_type_or_named(
    folder: Path, name: str, data: st.DataObject
) -> None:
    document = json.loads(TEXT[name].splitlines()[0])
    key = data.draw(st.sampled_from(sorted(document)))
    changed = json.dumps({**document, key: data.draw(_JSON)}).encode()
    if not refused(folder, name, changed):
        found = read(folder, name)
        if name == "summary.json":
            assert found.to_dict().keys() == SUMMARY.to_dict().keys()
            assert isinstance(found.listed, int) and isinstance(found.used, int)
        else:
            (row,) = found
            assert row.status in [*Status] and isinstance(row.name, str)


@pytest.mark.parametrize(
    ("kind", "error"),
    [("InputError", InputError), ("ResourceError", ResourceError), ("Unknown", InputError)],
)
def test_problems_of_an_ingest_are_raised(folder: Path, kind: str, error: type[Exception]) -> None:
    problems = {"problems": [[kind, "the disk is full"]]}
    write(folder, **{"summary.json": json.dumps(problems).encode()})
    with pytest.raises(error, match=r"^the disk is full$"):
        read_summary(str(folder))


def test_the_place_of_a_ledger_is_its_only_file_or_its_folder(tmp_path: Path) -> None:
    (tmp_path / "summary.json").touch()
    for name in ("ledger-00000-of-00002.jsonl", "ledger-00001-of-00002.jsonl"):
        (tmp_path / name).touch()
    assert ledger_place(str(tmp_path)) == str(tmp_path)
    (tmp_path / name).unlink()
    assert ledger_place(str(tmp_path)) == f"{tmp_path}/ledger-00000-of-00002.jsonl"
