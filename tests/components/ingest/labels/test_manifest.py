"""Rows of a manifest: their labels, their faults, and where the manifest is stored."""

import io
import pickle
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from components.errors import InputError
from components.ingest.archives.limits import DEFAULT_LIMITS, ArchiveLimits
from components.ingest.labels.manifest import ManifestRow, is_manifest, read_rows
from components.ingest.labels.settings import FileColumn, LabelSettings, TaskColumn
from components.ingest.rejection import RejectedFile
from components.storage import files

HEADER = "file,age,gender,race"
ROW = "a.jpg,31,female,Asian"
LABELS = {"age": 31, "gender": 1, "race": 2}

Write = Callable[[str | bytes], LabelSettings]


@pytest.fixture
def written(tmp_path: Path) -> Write:
    def write(content: str | bytes, **others: Any) -> LabelSettings:
        path = tmp_path / "labels.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return LabelSettings(str(path), **others)

    return write


def write_parquet(path: Path, **columns: Any) -> LabelSettings:
    parquet.write_table(pa.table(columns), path)
    return LabelSettings(str(path))


def problem(found: LabelSettings, limits: ArchiveLimits = DEFAULT_LIMITS) -> str:
    """Returns the error message for a manifest, without its path."""
    with pytest.raises(InputError) as caught:
        list(read_rows(found, limits))
    message = str(caught.value)
    assert message.startswith(f"{found.manifest}: ")
    return message.removeprefix(f"{found.manifest}: ")


@pytest.mark.parametrize(
    "text",
    [
        f"{HEADER}\n{ROW}",
        f"{HEADER}\r\n{ROW}\r\n",
        f"\ufeff{HEADER}\n{ROW}\n",
        '"file","age","gender","race"\n"a.jpg","31","female","Asian"\n',
        "race,more,gender,age,file\nAsian,x,female,31,a.jpg\n",
        f"{HEADER}\n./a.jpg,31.0, Female ,2\n",
        f"{HEADER}\na.jpg,31,1.0,ASIAN\n",
    ],
)
def test_a_row_gives_labels(written: Write, text: str) -> None:
    assert list(read_rows(written(text))) == [ManifestRow(number=2, name="a.jpg", labels=LABELS)]


def test_rows_are_numbered_by_line(written: Write) -> None:
    text = f"{HEADER}\n{ROW}\n\nb.jpg,31,female,Asian\n"
    assert [row.number for row in read_rows(written(text))] == [2, 4]


@pytest.mark.parametrize(
    ("pattern", "cell", "name"),
    [
        ("{}", "train/1.jpg", "train/1.jpg"),
        ("{}", r"train\1.jpg", "train/1.jpg"),
        ("{}_face.jpg", "000000.jpg", "000000.jpg_face.jpg"),
        ("faces/{}.png", "7", "faces/7.png"),
        ("{}", "{}", "{}"),
    ],
)
def test_a_pattern_gives_the_file_name(written: Write, pattern: str, cell: str, name: str) -> None:
    found = written(f"{HEADER}\n{cell},31,1,2\n", file=FileColumn(pattern=pattern))
    (row,) = read_rows(found)
    assert row.name == name


def test_columns_and_values_follow_the_settings(written: Write) -> None:
    text = "image,years,Male,ethnic\n1,31,-1,A\n2,31,1,a\n3,31,0,A\n"
    tasks = {
        "age": TaskColumn("years"),
        "gender": TaskColumn("Male", {1: "male", -1: "female"}),
        "race": TaskColumn("ethnic", {"A": 2}),
    }
    first, second, third = read_rows(written(text, file=FileColumn("image", "{}.jpg"), tasks=tasks))
    assert (first.name, first.labels) == ("1.jpg", LABELS)
    assert second.labels == {**LABELS, "gender": 0}
    # A value outside the mapping is not read as a class code.
    assert third.reason == "label-unknown"
    assert third.detail.endswith("line 4: expected gender as 1 or -1; found '0'")


@pytest.mark.parametrize(
    ("cells", "reason", "detail"),
    [
        (",31,1,2", "row-damaged", "expected a file and a cell for each column; found ['', '31'"),
        ("a.jpg,31,1", "row-damaged", "expected a file and a cell for each column; found ['a.jpg'"),
        ("a.jpg,31,1,2,x", "row-damaged", "expected a file and a cell for each column; found"),
        ("a.jpg,,1,2", "label-missing", "expected age; found no value"),
        ("a.jpg,31, ,2", "label-missing", "expected gender; found no value"),
        ("a.jpg,x,1,2", "label-unknown", "expected age as a whole number; found 'x'"),
        ("a.jpg,31.5,1,2", "label-unknown", "expected age as a whole number; found '31.5'"),
        ("a.jpg,-1,1,2", "label-unknown", "expected age as a whole number; found '-1'"),
        ("a.jpg,\u0663\u0661,1,2", "label-unknown", "expected age as a whole number; found "),
        (f"a.jpg,{'9' * 5000},1,2", "label-unknown", "expected age as a whole number; found '999"),
        ("a.jpg,female,1,2", "label-unknown", "expected age as a whole number; found 'female'"),
        ("a.jpg,31,2,2", "label-unknown", "expected gender as male, female, 0 or 1; found '2'"),
        ("a.jpg,31,1,Other", "label-unknown", "expected race as white, black, asian, indian, "),
        ("a.jpg,117,1,2", "label-out-of-range", "expected age from 0 to 116; found 117"),
        ("a.jpg,60-120,1,2", "label-out-of-range", "expected age from 0 to 116; found 120"),
        ("a.jpg,20-29,1,2", "label-is-a-range", "expected age as one number; found '20-29'"),
        ("a.jpg,70+,1,2", "label-is-a-range", "expected age as one number; found '70+'"),
        # Classes have no ranges.
        ("a.jpg,31,0-1,2", "label-unknown", "expected gender as male, female, 0 or 1; found '0-1'"),
    ],
)
def test_an_invalid_row_has_a_reason_and_a_detail(
    written: Write, cells: str, reason: str, detail: str
) -> None:
    found = written(f"{HEADER}\n{ROW}\n{cells}\n{ROW}\n")
    before, row, after = read_rows(found)
    assert (before.reason, before.detail, after.reason) == ("", "", "")
    assert row.labels is None
    assert row.reason == reason
    assert row.reason in RejectedFile.REASONS
    assert row.detail.startswith(f"{found.manifest}, line 3: {detail}")


@pytest.mark.parametrize(
    ("cell", "bounds"),
    [
        ("20-29", (20, 29)),
        ("20 - 29", (20, 29)),
        ("20\u201329", (20, 29)),
        ("20 to 29", (20, 29)),
        ("29-20", (20, 29)),
        ("30-30", (30, 30)),
        ("70+", (70, 116)),
        ("More than 70", (70, 116)),
        ("over 70", (70, 116)),
        (">=70", (70, 116)),
        ("0-2", (0, 2)),
        ("116+", (116, 116)),
    ],
)
def test_a_range_is_kept_without_an_exact_label(
    written: Write, cell: str, bounds: tuple[int, int]
) -> None:
    found = written(f"{HEADER}\na.jpg,{cell},1,2\n", tasks={"age": TaskColumn(ranges="keep")})
    (row,) = read_rows(found)
    assert row.labels == {"gender": 1, "race": 2}
    assert row.ranges == {"age": bounds}
    assert row.reason == ""


def test_an_exact_number_is_a_label_where_ranges_are_kept(written: Write) -> None:
    found = written(f"{HEADER}\n{ROW}\n", tasks={"age": TaskColumn(ranges="keep")})
    (row,) = read_rows(found)
    assert (row.labels, row.ranges) == (LABELS, {})


@pytest.mark.parametrize("cell", ["20-", "-29", "+", "20-29-39", "(20", "20+29", "70++", "no+"])
def test_a_malformed_range_is_an_unknown_label(written: Write, cell: str) -> None:
    found = written(f"{HEADER}\na.jpg,{cell},1,2\n", tasks={"age": TaskColumn(ranges="keep")})
    (row,) = read_rows(found)
    assert row.reason == "label-unknown"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "expected one column 'file', 'age', 'gender' and 'race'; found the columns ''"),
        ("file,years,sex,race\n", "expected one column 'age' and 'gender'; found the columns "),
        ("file;age;gender;race\n", "expected one column 'file', 'age', 'gender' and 'race'; fou"),
        ("file,age,gender,race,age\n", "expected one column 'age'; found the columns 'file, age"),
        (f"{HEADER}\n{ROW}\n".encode("utf-16"), "expected a whole table, CSV in UTF-8 or Parque"),
        (f"{HEADER}\n{ROW}\n".encode() + b"\xe9.jpg,1,1,1\n", "expected a whole table, CSV in "),
        (f'{HEADER}\n{ROW}\n"b.jpg,1,1,1\n', "expected a whole table, CSV in UTF-8 or Parquet; "),
    ],
)
def test_an_unreadable_table_raises_an_error(
    written: Write, content: str | bytes, expected: str
) -> None:
    assert problem(written(content)).startswith(expected)


def test_an_error_names_the_last_line_read(written: Write) -> None:
    told = problem(written(f"{HEADER}\n{ROW}\n{ROW}\n".encode() + b"\xe9.jpg,1,1,1\n"))
    assert "reading it failed after line 3 with UnicodeDecodeError: " in told


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("labels.txt", "expected a file that ends in .csv or .parquet"),
        ("faces.zip", "expected a file that ends in .csv or .parquet"),
        ("none.csv", "expected a whole table, CSV in UTF-8 or Parquet; reading it failed after "),
        ("none.zip!/labels.csv", "expected a whole table, CSV in UTF-8 or Parquet; reading it "),
        ("folder.csv", "expected a whole table, CSV in UTF-8 or Parquet; reading it failed aft"),
    ],
)
def test_a_missing_or_misnamed_manifest_raises_an_error(
    tmp_path: Path, name: str, expected: str
) -> None:
    (tmp_path / "folder.csv").mkdir()
    assert problem(LabelSettings(str(tmp_path / name))).startswith(expected)


def test_a_manifest_with_only_a_header_has_no_rows(written: Write) -> None:
    assert list(read_rows(written(HEADER))) == []
    assert list(read_rows(written(HEADER))) == []


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
@pytest.mark.parametrize("member", ["labels.csv", "./labels.csv", "some/labels.csv"])
def test_a_manifest_can_be_in_an_archive(tmp_path: Path, kind: str, member: str) -> None:
    path, content = tmp_path / f"faces.{kind}", f"{HEADER}\n{ROW}\n".encode()
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.jpg", b"")
            archive.writestr(member, content)
    else:
        with tarfile.open(path, "w:gz") as archive:
            for name, data in (("a.jpg", b""), (member, content)):
                info = tarfile.TarInfo(name)
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
    inside = member.removeprefix("./")
    found = LabelSettings(f"{path}!/{inside}")
    assert [row.labels for row in read_rows(found)] == [LABELS]
    assert problem(found, ArchiveLimits(max_member_bytes=10)).startswith("expected at most 10 byte")
    told = problem(LabelSettings(f"{path}!/other.csv"))
    assert told == "expected 'other.csv' in the archive; found no such file"
    assert is_manifest(f"{path}!{inside}", found)
    assert not is_manifest(f"{path}!a.jpg", found)


def test_a_parquet_file_is_read_like_a_csv_file(tmp_path: Path) -> None:
    found = write_parquet(
        tmp_path / "labels.parquet",
        file=["a.jpg", "b.jpg", "c.jpg", None],
        age=[31.0, None, 200.0, 1.0],
        gender=pa.array(["female", "male", "male", "male"]).dictionary_encode(),
        race=pa.array([2, 0, 0, 0], pa.int8()),
        image=[b"not read"] * 4,
    )
    rows = list(read_rows(found))
    assert [row.number for row in rows] == [1, 2, 3, 4]
    assert rows[0] == ManifestRow(number=1, name="a.jpg", labels=LABELS)
    reasons = ["", "label-missing", "label-out-of-range", "row-damaged"]
    assert [row.reason for row in rows] == reasons
    assert rows[2].detail == f"{found.manifest}, row 3: expected age from 0 to 116; found 200"


def test_an_incomplete_or_damaged_parquet_file_raises_an_error(tmp_path: Path) -> None:
    path = tmp_path / "labels.parquet"
    told = problem(write_parquet(path, file=["a.jpg"], age=[1]))
    assert told.startswith("expected one column 'gender' and 'race'; found the columns 'file, age'")
    path.write_bytes(path.read_bytes()[:-20])
    told = problem(LabelSettings(str(path)))
    assert told.startswith("expected a whole table, CSV in UTF-8 or Parquet; reading it failed aft")


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_manifest_is_read_without_seek_or_partial_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    path = tmp_path / f"labels.{kind}"
    path.write_text(f"{HEADER}\n{ROW}\n")
    if kind == "parquet":
        write_parquet(path, file=["a.jpg"], age=[31], gender=[1], race=[2])

    class Stream(io.BytesIO):
        """A stream as limited as a TensorFlow file."""

        def readline(self, size: Any = None) -> bytes:
            raise TypeError("readline takes no argument")

        def seek(self, *_: Any) -> int:
            raise OSError("no seek")

    monkeypatch.setattr(files, "open", lambda _: Stream(path.read_bytes()))
    assert [row.labels for row in read_rows(LabelSettings(f"gs://bucket/{path.name}"))] == [LABELS]


def test_the_manifest_file_is_recognized(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert is_manifest(str(tmp_path / "labels.csv"), LabelSettings("labels.csv"))
    assert is_manifest("s3://b/labels.csv", LabelSettings("s3://b/labels.csv"))
    assert not is_manifest(str(tmp_path / "a" / "labels.csv"), LabelSettings("labels.csv"))
    assert not is_manifest(str(tmp_path), LabelSettings())


_PLANTED = """
import pathlib, pickle, sys
import pyarrow as pa
from pyarrow import parquet

manifest, ran = sys.argv[1:]

class Planted:
    def __reduce__(self):
        return pathlib.Path.touch, (pathlib.Path(ran),)

metadata = {
    "ARROW:extension:name": "arrow.py_extension_type",
    "ARROW:extension:metadata": pickle.dumps(Planted()),
}
field = pa.field("file", pa.string(), metadata=metadata)
schema = pa.schema([field, pa.field("age", pa.int64())])
table = pa.Table.from_arrays([pa.array(["a.jpg"]), pa.array([31])], schema=schema)
parquet.write_table(table, manifest)
pathlib.Path(ran).unlink(missing_ok=True)

from components.ingest.archives.limits import DEFAULT_LIMITS
from components.ingest.labels.tables import read_table
assert "apache_beam" not in sys.modules, "Beam removes the fault, too"
print(list(read_table(manifest, ["file", "age"], DEFAULT_LIMITS)))
"""


def test_code_in_a_parquet_file_does_not_run(tmp_path: Path) -> None:
    manifest, ran = tmp_path / "labels.parquet", tmp_path / "ran"
    ended = subprocess.run(
        [sys.executable, "-c", _PLANTED, manifest, ran], capture_output=True, text=True
    )
    assert manifest.exists() and not ran.exists()
    # pyarrow 10 refuses the file, and later releases take the column as text.
    refused = "Disallowed deserialization of 'arrow.py_extension_type'" in ended.stderr
    assert refused or "'a.jpg'" in ended.stdout, ended.stderr


def test_rows_can_be_pickled(written: Write) -> None:
    rows = list(read_rows(written(f"{HEADER}\n{ROW}\n")))
    assert pickle.loads(pickle.dumps(rows)) == rows


CELLS = st.sampled_from(
    [
        "",
        "a.jpg",
        "31",
        "20-29",
        "70+",
        "female",
        "White",
        "x",
        "1.0",
        "{}",
        "\x00",
        "\u0663",
        "9" * 30,
    ]
) | st.text(st.characters(exclude_characters='",\r\n', exclude_categories=["Cs"]), max_size=5)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=6), max_size=8), st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_every_line_is_a_row_with_labels_or_a_reason(
    written: Write, lines: list[list[str]], keep: bool
) -> None:
    text = "\n".join([HEADER, *map(",".join, lines)])
    tasks = {"age": TaskColumn(ranges="keep" if keep else "quarantine")}
    found = written(text, tasks=tasks)
    try:
        rows = list(read_rows(found))
    except InputError:
        # The csv module of Python 3.10 cannot read NUL.
        assume("\x00" not in text)
        raise
    assert [row.number for row in rows] == list(range(2, len(lines) + 2))
    for row in rows:
        assert (row.labels is None) == bool(row.reason) == bool(row.detail)
        if row.labels is not None:
            assert {*row.labels, *row.ranges} == LABELS.keys()
            assert keep or not row.ranges


@given(
    st.binary()
    | st.lists(st.sampled_from([b'"', b",", b"\n", b"\r", b"\xff", b"a", b"1"])).map(b"".join)
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_arbitrary_bytes_give_rows_or_an_input_error(written: Write, data: bytes) -> None:
    for content in (data, HEADER.encode() + b"\n" + data):
        try:
            rows = list(read_rows(written(content)))
        except InputError:
            continue
        assert all(row.reason or row.labels for row in rows)


def test_an_overlong_line_raises_an_error(written: Write) -> None:
    with pytest.raises(InputError, match="field larger than field limit"):
        list(read_rows(written(f"{HEADER}\n{'x' * (1 << 22)}")))
