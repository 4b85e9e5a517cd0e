"""Which files a data path with {SPAN} names, and which span is taken."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tfx.components.example_gen.input_processor import FileBasedInputProcessor

from components.errors import InputError
from components.utkface_example_gen import source, span_paths, spans
from components.utkface_example_gen.source import Source


@pytest.fixture
def data(tmp_path: Path) -> str:
    for span in (1, 2, 10):
        folder = tmp_path / "faces" / f"span-{span}"
        folder.mkdir(parents=True)
        (folder / f"{span}_0_0_20170109142408075.jpg").write_bytes(b"x" * span)
    return f"{tmp_path}/faces/span-{{SPAN}}"


def taken(data: str, span: int) -> int:
    where = source.resolve(data)
    return FileBasedInputProcessor(
        where.input_base, spans.input_config(where.pattern).splits, spans.range_config(data, span)
    ).resolve_span_and_version()[0]


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("/data/span-{SPAN}", ("/data", "span-{SPAN}")),
        ("/data/{SPAN}/part1/*.jpg", ("/data", "{SPAN}/part1/*.jpg")),
        ("/data/a/faces-{SPAN:2}.tar.gz", ("/data/a", "faces-{SPAN:2}.tar.gz")),
        ("gs://bucket/{SPAN}/*", ("gs://bucket", "{SPAN}/*")),
        ("/{SPAN}", ("/", "{SPAN}")),
        ("{SPAN}/x", (".", "{SPAN}/x")),
    ],
)
def test_the_base_ends_above_the_span(path: str, parts: tuple[str, str]) -> None:
    assert span_paths.split_at_span(path) == parts


@given(
    st.sampled_from(["/", "gs://", "s3://bucket/"]),
    st.lists(st.sampled_from(["a", "b*", "x-{SPAN}", "{SPAN:2}", "c.tar.gz"]), min_size=1),
)
def test_base_and_pattern_make_the_path_again(root: str, names: list[str]) -> None:
    path = root + "/".join(["bucket", *names, "{SPAN}"])
    base, pattern = span_paths.split_at_span(path)
    assert f"{base}/{pattern}" == path
    assert not span_paths.has_spans(base)
    assert span_paths.has_spans(pattern.partition("/")[0])


def test_a_path_with_spans_is_resolved_if_there_is_any(data: str, tmp_path: Path) -> None:
    assert source.resolve(data) == Source(f"{tmp_path}/faces", "span-{SPAN}")
    with pytest.raises(InputError, match="nothing is there"):
        source.resolve(f"{tmp_path}/other-{{SPAN}}")


def test_the_newest_is_taken_by_number_unless_one_is_asked_for(data: str) -> None:
    assert taken(data, spans.NEWEST) == 10
    assert taken(data, 2) == 2


def test_digits_may_be_padded_where_the_path_says_so(tmp_path: Path) -> None:
    for name in ("09", "11"):
        (tmp_path / f"span-{name}").mkdir()
    assert taken(f"{tmp_path}/span-{{SPAN:2}}", spans.NEWEST) == 11
    assert taken(f"{tmp_path}/span-{{SPAN:2}}", 9) == 9


@pytest.mark.parametrize(
    ("name", "path", "message"),
    [
        ("span-notes", "span-{SPAN}", "found 'span-notes'"),
        ("span-09", "span-{SPAN}", "write {SPAN:N} for numbers that are padded"),
        ("span-7", "span-{SPAN:2}", "a number of 2 digits in place of {SPAN}; found 'span-7'"),
        ("span-7", "{SPAN}/{SPAN}", "nothing is there"),
        ("span-7", "{SPAN}-{SPAN}", "expected {SPAN} once"),
    ],
)
def test_what_tfx_would_not_understand_is_told(
    tmp_path: Path, name: str, path: str, message: str
) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(InputError) as caught:
        source.resolve(f"{tmp_path}/{path}")
    assert message in str(caught.value)


def test_a_span_that_is_not_there_is_told_with_those_that_are(data: str) -> None:
    with pytest.raises(InputError, match=r"expected span 7; found 1, 2, 10$"):
        spans.range_config(data, 7)


def test_a_span_that_the_path_has_no_room_for_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"expected \{SPAN\} in the path, for span 3"):
        spans.range_config(str(tmp_path), 3)


def test_properties_of_a_run_are_resolved_as_the_constructor_would(data: str) -> None:
    properties = {"input_base": data, "input_config": "{}", "requested_span": 2, "other": 1}
    resolved = spans.resolve_properties(properties)
    assert resolved["input_base"] == data.rpartition("/")[0]
    (split,) = json.loads(resolved["input_config"])["splits"]
    assert split["pattern"] == "span-{SPAN}"
    assert json.loads(resolved["range_config"]) == {
        "static_range": {"start_span_number": 2, "end_span_number": 2}
    }
    assert resolved["other"] == 1
    assert "range_config" not in spans.resolve_properties({**properties, "requested_span": -1})
