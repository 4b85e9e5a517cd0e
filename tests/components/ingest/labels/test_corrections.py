"""Corrections: which files get which labels, and which tables are rejected."""

import pickle
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.errors import InputError
from components.ingest.labels import names
from components.ingest.labels.corrections import COLUMNS, Correction, Corrections
from components.ingest.labels.names import labels_of
from components.ingest.rejection import RejectedFile

SHIPPED = Path(__file__).parents[4] / "schema" / "corrections.csv"
HEADER = "file_name,age,gender,race,reason"
NAME = "expected the name of a file, or the end of its path, e.g. train/1.jpg; found "
ROW = "a.jpg,61,1,3,told by its owner"


@pytest.fixture
def table(tmp_path):
    def write(text: str | bytes) -> str:
        path = tmp_path / "corrections.csv"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return str(path)

    return write


def problem(path: str) -> str:
    """Returns the error message for a table, without the path at its start."""
    with pytest.raises(InputError) as caught:
        Corrections.read(path)
    message = str(caught.value)
    assert message.startswith(path)
    return message.removeprefix(path)


def test_a_file_in_the_table_gets_its_labels_and_the_reason(table) -> None:
    corrections = Corrections.read(table(f'{HEADER}\n{ROW}\n24 .jpg,0,0,4,"a, then ""b"""\n'))
    assert corrections.by_name[corrections.index.find("x/a.jpg")] == Correction(
        labels_of((61, 1, 3)), "told by its owner"
    )
    assert corrections.by_name[corrections.index.find("24 .jpg")] == Correction(
        labels_of((0, 0, 4)), 'a, then "b"'
    )


@pytest.mark.parametrize("name", ["A.jpg", "b.jpg", "a", "a.jpg/x", " a.jpg", "a.jpg ", ""])
def test_files_outside_the_table_get_no_labels(table, name: str) -> None:
    corrections = Corrections.read(table(f"{HEADER}\n{ROW}\n"))
    assert corrections.index.find(name) is None


@pytest.mark.parametrize(
    "text",
    [
        f"{HEADER}\n{ROW}",
        f"{HEADER}\r\n{ROW}\r\n",
        f"\ufeff{HEADER}\n\n{ROW}\n\n",
        f'{HEADER}\n"a.jpg","61","1","3","told by its owner"\n',
    ],
)
def test_line_endings_blank_lines_a_bom_and_quotes_do_not_matter(table, text: str) -> None:
    assert Corrections.read(table(text)).by_name == {
        "a.jpg": Correction(labels_of((61, 1, 3)), "told by its owner")
    }


def test_a_table_with_only_a_header_corrects_nothing(table) -> None:
    assert Corrections.read(table(HEADER)) == Corrections()


def test_a_table_may_omit_the_labels_of_a_task(table) -> None:
    corrections = Corrections.read(table("file_name,gender,reason\na.jpg,1,by its owner\n"))
    assert corrections.by_name == {"a.jpg": Correction({"gender": 1}, "by its owner")}
    told = problem(table("file_name,gender,reason\na.jpg,1,2,by its owner\n"))
    assert told.startswith(", line 2: expected 3 cells; found 4: ")
    told = problem(table("file_name,gender,reason\na.jpg,2,by its owner\n"))
    assert told == ", line 2: expected gender from 0 to 1; found 2"


@pytest.mark.parametrize("header", ["file_name,reason", "file_name,race,age,reason"])
def test_a_table_needs_a_label_column_and_ordered_columns(table, header: str) -> None:
    told = problem(table(f"{header}\n"))
    assert told.startswith(f", line 1: expected the columns {HEADER}; found ")


def test_corrections_can_be_pickled(table) -> None:
    corrections = Corrections.read(table(f"{HEADER}\n{ROW}\n"))
    assert pickle.loads(pickle.dumps(corrections)) == corrections


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (ROW, "expected a file name only once; found 'a.jpg' again"),
        ("b.jpg,61,1,3,", "expected a reason; found none for 'b.jpg'"),
        ('b.jpg,61,1,3," \t"', "expected a reason; found none for 'b.jpg'"),
        ("b.jpg,117,1,3,x", "expected age from 0 to 116; found 117"),
        ("b.jpg,61,2,3,x", "expected gender from 0 to 1; found 2"),
        ("b.jpg,61,1,5,x", "expected race from 0 to 4; found 5"),
        ("b.jpg,,1,3,x", "expected age as a whole number; found ''"),
        ("b.jpg,61,female,3,x", "expected gender as a whole number; found 'female'"),
        ("b.jpg,61.0,1,3,x", "expected age as a whole number; found '61.0'"),
        ("b.jpg,-1,1,3,x", "expected age as a whole number; found '-1'"),
        ("b.jpg,061,1,3,x", "expected age as a whole number; found '061'"),
        ("b.jpg,6_1,1,3,x", "expected age as a whole number; found '6_1'"),
        ("b.jpg,61, 1,3,x", "expected gender as a whole number; found ' 1'"),
        ("b.jpg,61,1,٣,x", "expected race as a whole number; found '٣'"),
        (f"b.jpg,61,1,{'9' * 5000},x", "expected race as a whole number; found '999"),
        (",61,1,3,x", f"{NAME}''"),
        (" b.jpg,61,1,3,x", f"{NAME}' b.jpg'"),
        ("/b.jpg,61,1,3,x", f"{NAME}'/b.jpg'"),
        ("p//b.jpg,61,1,3,x", f"{NAME}'p//b.jpg'"),
        ("./b.jpg,61,1,3,x", f"{NAME}'./b.jpg'"),
        ("p/../b.jpg,61,1,3,x", f"{NAME}'p/../b.jpg'"),
        ("p/,61,1,3,x", f"{NAME}'p/'"),
        ("b\u200b.jpg,61,1,3,x", f"{NAME}'b\\u200b"),
        ("b.jpg,61,1,3", "expected 5 cells; found 4: ['b.jpg', '61', '1', '3']"),
        ("b.jpg,61,1,3,x,y", "expected 5 cells; found 6: "),
        ("b.jpg;61;1;3;x", "expected 5 cells; found 1: "),
        ("# a comment", "expected 5 cells; found 1: ['# a comment']"),
        ('b.jpg,61,1,3,"x', "expected CSV; "),
        ('b.jpg,61,1,3,"x"y', "expected CSV; "),
        (f"b.jpg,61,1,3,{'x' * 200_000}", "expected CSV; "),
    ],
)
def test_an_invalid_row_is_reported_with_its_line_number(table, row: str, expected: str) -> None:
    assert problem(table(f"{HEADER}\n{ROW}\n{row}\n")).startswith(f", line 3: {expected}")


@pytest.mark.parametrize(
    "header",
    [
        "",
        "\n" + HEADER,
        HEADER.replace("age", "years"),
        HEADER + ",note",
        "age,file_name,gender,race,reason",
        HEADER.replace(",", ";"),
        HEADER.replace(",reason", ""),
        HEADER.upper(),
        HEADER.replace(",", ", "),
    ],
)
def test_unexpected_columns_are_reported(table, header: str) -> None:
    told = problem(table(f"{header}\n{ROW}\n" if header else ""))
    assert told.startswith(f", line 1: expected the columns {HEADER}; found ")


@pytest.mark.parametrize("bad", [b"\xff", "é".encode("latin-1"), b"\xed\xa0\x80"])
def test_invalid_utf_8_is_reported_with_its_line_number(table, bad: bytes) -> None:
    data = f"{HEADER}\n{ROW}\nb.jpg,61,1,3,".encode() + bad
    expected = f", line 3: expected UTF-8; found the byte 0x{bad[0]:02x}. Save the file as UTF-8."
    assert problem(table(data)) == expected


def test_an_unreadable_table_is_reported(tmp_path) -> None:
    told = ": expected a text file; reading it failed with "
    assert problem(str(tmp_path / "missing.csv")).startswith(told)
    assert problem(str(tmp_path)).startswith(told)


# A slow disk is not a failure.
@settings(deadline=None)
@given(data=st.binary() | st.text("a.jpg0123456789,\"'\n\r\0;#").map(str.encode))
def test_arbitrary_bytes_give_a_table_or_an_input_error(tmp_path_factory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "hostile.csv"
    path.write_bytes(HEADER.encode() + b"\n" + data)
    try:
        corrections = Corrections.read(str(path))
    except InputError:
        assert problem(str(path))
    else:
        assert all(correction.reason.strip() for correction in corrections.by_name.values())


def test_the_shipped_table_completes_names_and_contradicts_no_name() -> None:
    shipped = Corrections.read(str(SHIPPED))
    assert {
        name: tuple(correction.labels.values()) for name, correction in shipped.by_name.items()
    } == {
        "61_1_20170109142408075.jpg": (61, 1, 1),
        "61_1_20170109142408075.jpg.chip.jpg": (61, 1, 1),
        "61_1_20170109150557335.jpg.chip.jpg": (61, 1, 3),
        "61_3_20170109150557335.jpg": (61, 1, 3),
        "61_3_20170109150557335.jpg.chip.jpg": (61, 1, 3),
    }
    for name, correction in shipped.by_name.items():
        with pytest.raises(RejectedFile) as caught:
            names.parse(name)
        assert caught.value.reason == "label-missing"
        assert {int(value) for value in name.split("_")[:2]} <= set(correction.labels.values())
        # At least two sources, each with its URL.
        assert correction.reason.count("github.com/") >= 2


def test_the_columns_match_the_documentation() -> None:
    assert ",".join(COLUMNS) == HEADER
    readme = (SHIPPED.parent / "README.md").read_text(encoding="utf-8")
    assert f"`{HEADER}`" in readme
