"""Data paths with {SPAN} or a date: which files they name, and which span is used."""

import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tfx.components.example_gen.input_processor import FileBasedInputProcessor

from components.errors import InputError
from components.ingest.archives.limits import ArchiveLimits
from components.ingest.plan import IngestPlan
from components.ingest.settings import IngestSettings
from components.ingest.sources import source, span_paths
from components.ingest.sources.source import Source
from components.utkface_example_gen import spans
from tests.components.ingest import listed


@pytest.fixture
def data(tmp_path: Path) -> str:
    for span in (1, 2, 10):
        folder = tmp_path / "faces" / f"span-{span}"
        folder.mkdir(parents=True)
        (folder / f"{span}_0_0_20170109142408075.jpg").write_bytes(b"x" * span)
    return f"{tmp_path}/faces/span-{{SPAN}}"


def taken(data: str, span: int) -> int:
    inputs = spans.resolve(data, span)
    return FileBasedInputProcessor(
        inputs.input_base, inputs.input_config.splits, inputs.range_config
    ).resolve_span_and_version()[0]


def read(data: str, span: int) -> list[str]:
    """Returns the paths that the executor reads after TFX's driver inserts the span."""
    inputs = spans.resolve(data, span)
    processor = FileBasedInputProcessor(
        inputs.input_base, inputs.input_config.splits, inputs.range_config
    )
    number, version = processor.resolve_span_and_version()
    for split in inputs.input_config.splits:
        split.pattern = processor.get_pattern_for_span_version(split.pattern, number, version)
    found = spans.sources_of(inputs.input_base, inputs.input_config)
    return [file.path for file in listed.read_all(found)]


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("/data/span-{SPAN}", ("/data", "span-{SPAN}")),
        ("/data/{SPAN}/part1/*.jpg", ("/data", "{SPAN}/part1/*.jpg")),
        ("/data/a/faces-{SPAN:2}.tar.gz", ("/data/a", "faces-{SPAN:2}.tar.gz")),
        ("gs://bucket/{SPAN}/*", ("gs://bucket", "{SPAN}/*")),
        ("/{SPAN}", ("/", "{SPAN}")),
        ("{SPAN}/x", (".", "{SPAN}/x")),
        ("/data/{YYYY}/{MM}/{DD}/*.jpg", ("/data", "{YYYY}/{MM}/{DD}/*.jpg")),
    ],
)
def test_the_base_ends_above_the_span(path: str, parts: tuple[str, str]) -> None:
    assert span_paths.split_at_span(path) == parts


@given(
    st.sampled_from(["/", "gs://", "s3://bucket/"]),
    st.lists(st.sampled_from(["a", "b*", "x-{SPAN}", "{SPAN:2}", "c.tar.gz"]), min_size=1),
)
def test_base_and_pattern_combine_to_the_path(root: str, names: list[str]) -> None:
    path = root + "/".join(["bucket", *names, "{SPAN}"])
    base, pattern = span_paths.split_at_span(path)
    assert f"{base}/{pattern}" == path
    assert not span_paths.has_spans(base)
    assert span_paths.has_spans(pattern.partition("/")[0])


def test_a_path_with_spans_is_resolved_if_a_span_exists(data: str, tmp_path: Path) -> None:
    assert source.resolve(data) == Source(f"{tmp_path}/faces", "span-{SPAN}")
    with pytest.raises(InputError, match="found nothing"):
        source.resolve(f"{tmp_path}/other-{{SPAN}}")


def test_the_highest_span_is_used_unless_a_span_is_requested(data: str) -> None:
    assert taken(data, spans.NEWEST) == 10
    assert taken(data, 2) == 2


def test_padded_digits_are_allowed_if_the_path_declares_their_number(tmp_path: Path) -> None:
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
        ("span-7", "{SPAN}/{SPAN}", "found nothing"),
        ("span-7", "{SPAN}-{SPAN}", "expected {SPAN} once"),
        ("2026-11", "{MM}-{DD}", "or each of {YYYY}, {MM}, {DD} once, or each of {YYYY}, {MM}"),
        ("2026-13", "{YYYY}-{MM}", "expected a month of four and two digits"),
        ("2026-1", "{YYYY}-{MM}", "found '2026-1'. Move it elsewhere."),
        ("2026-11-31", "{YYYY}-{MM}-{DD}", "expected a date of four, two and two digits"),
        ("2026-11-1", "{YYYY}-{MM}-{DD}", "found '2026-11-1'. Move it elsewhere."),
        ("0000-01-01", "{YYYY}-{MM}-{DD}", "found '0000-01-01'"),
    ],
)
def test_paths_that_tfx_cannot_resolve_are_reported(
    tmp_path: Path, name: str, path: str, message: str
) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(InputError) as caught:
        source.resolve(f"{tmp_path}/{path}")
    assert message in str(caught.value)


def test_a_missing_span_is_reported_with_the_existing_spans(data: str) -> None:
    with pytest.raises(InputError, match=r"expected span 7; found 1, 2, 10$"):
        spans.resolve(data, 7)


def test_a_requested_span_needs_a_placeholder_in_every_path(tmp_path: Path, data: str) -> None:
    folder = str(tmp_path / "faces")
    with pytest.raises(InputError, match=r"or a date in the path, because span 3 was requested"):
        spans.resolve(folder, 3)
    with pytest.raises(InputError, match=r"faces: expected .* because the others have one"):
        spans.resolve(f"{data}\n{folder}", spans.NEWEST)


@pytest.fixture
def dated(tmp_path: Path) -> str:
    for day in ("2026/10/31", "2026/11/01", "2025/12/31"):
        (tmp_path / day).mkdir(parents=True)
        (tmp_path / day / "a.jpg").write_text(day)
    return f"{tmp_path}/{{YYYY}}/{{MM}}/{{DD}}"


def test_a_date_is_a_span(dated: str, tmp_path: Path) -> None:
    assert taken(dated, spans.NEWEST) == 20758
    assert read(dated, spans.NEWEST) == [f"{tmp_path}/2026/11/01/a.jpg"]
    assert read(dated, 20758 - 305) == [f"{tmp_path}/2025/12/31/a.jpg"]
    with pytest.raises(
        InputError, match=r"span 2026-11-02; found 2025-12-31, 2026-10-31, 2026-11-01$"
    ):
        spans.resolve(dated, 20759)


def test_several_sources_are_read_as_one(data: str, tmp_path: Path) -> None:
    (tmp_path / "more[1]" / "in").mkdir(parents=True)
    (tmp_path / "more[1]" / "in" / "b.jpg").touch()
    paths = [f"{tmp_path}/more[1]", f"{tmp_path}/faces/*-1?"]
    assert read("\n".join(paths), spans.NEWEST) == [
        f"{tmp_path}/more[1]/in/b.jpg",
        f"{tmp_path}/faces/span-10/10_0_0_20170109142408075.jpg",
    ]


def test_the_newest_span_is_the_newest_that_all_sources_have(data: str, tmp_path: Path) -> None:
    for name in ("more/part 1", "more/part 2", "more/part 11"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "c.jpg").touch()
    both = f"{data}\n{tmp_path}/more/part {{SPAN}}/*"
    assert read(both, spans.NEWEST) == [
        f"{tmp_path}/faces/span-2/2_0_0_20170109142408075.jpg",
        f"{tmp_path}/more/part 2/c.jpg",
    ]
    with pytest.raises(InputError, match=r"more.*: expected span 10; found 1, 2, 11$"):
        spans.resolve(both, 10)
    for number in (1, 2):
        (tmp_path / "more" / f"part {number}").rename(tmp_path / f"gone-{number}")
    with pytest.raises(InputError, match=r"a span that all data paths have; found 1, 2, 10$"):
        spans.resolve(both, spans.NEWEST)


def test_properties_of_a_run_are_resolved_as_in_the_constructor(data: str) -> None:
    plan = IngestPlan.of(IngestSettings(), {"train": 1}).to_json()
    properties = {
        **{"input_base": data, "input_config": "{}", "requested_span": 2, "other": 1},
        "ingest_plan": plan,
    }
    resolved = spans.resolve_properties(properties)
    assert resolved["input_base"] == data.rpartition("/")[0]
    (split,) = json.loads(resolved["input_config"])["splits"]
    assert split["pattern"] == "span-{SPAN}"
    assert json.loads(resolved["range_config"]) == {
        "static_range": {"start_span_number": 2, "end_span_number": 2}
    }
    assert resolved["other"] == 1
    folder = {**properties, "input_base": data.rpartition("/")[0], "requested_span": -1}
    assert "range_config" not in spans.resolve_properties(folder)


def test_archive_limits_of_the_settings_apply_to_a_run(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.jpg", "a")
        archive.writestr("b.jpg", "b")
    settings = IngestSettings(archives=ArchiveLimits(max_members=1))
    properties = {
        "input_base": str(tmp_path / "a.zip"),
        "requested_span": -1,
        "ingest_plan": IngestPlan.of(settings, {"train": 1}).to_json(),
    }
    with pytest.raises(InputError, match=r"raise ingest.archives.max_members"):
        spans.resolve_properties(properties)


@pytest.fixture
def monthly(tmp_path: Path) -> str:
    for month in ("2025-12", "2026-09", "2026-10"):
        folder = tmp_path / "months" / month / "in"
        folder.mkdir(parents=True)
        (folder / "a.jpg").touch()
        (folder.parent / "b.jpg").touch()
    return f"{tmp_path}/months/{{YYYY}}-{{MM}}"


def span_read(data: str, span: int) -> int:
    """Returns the span that the executor assigns to the examples."""
    inputs = spans.resolve(data, span)
    return spans.span_of(taken(data, span), inputs.input_config)


OCTOBER, DECEMBER = 20727, 20423


def test_a_month_has_the_span_number_of_its_first_day(monthly: str, tmp_path: Path) -> None:
    assert source.list_spans(monthly) == [DECEMBER, OCTOBER - 30, OCTOBER]
    newest = f"{tmp_path}/months/2026-10"
    assert read(monthly, spans.NEWEST) == [f"{newest}/b.jpg", f"{newest}/in/a.jpg"]
    assert span_read(monthly, spans.NEWEST) == OCTOBER
    assert read(f"{monthly}/*.jpg", DECEMBER) == [f"{tmp_path}/months/2025-12/b.jpg"]
    assert span_read(f"{monthly}/*.jpg", DECEMBER) == DECEMBER
    assert span_paths.describe(monthly, OCTOBER) == "2026-10"
    assert span_paths.at_span(monthly, OCTOBER) == newest
    with pytest.raises(InputError, match=r"expected span 2026-11; found 2025-12, 2026-09, 2026-10"):
        spans.resolve(monthly, OCTOBER + 31)


def test_months_work_with_several_sources_and_archives(monthly: str, tmp_path: Path) -> None:
    for month in ("2026-09", "2026-10"):
        with zipfile.ZipFile(tmp_path / f"f-{month}.zip", "w") as archive:
            archive.writestr("UTKFace/c.jpg", "c")
            archive.writestr("other/d.jpg", "d")
    both = f"{monthly}/*.jpg\n{tmp_path}/f-{{YYYY}}-{{MM}}.zip!/UTKFace"
    assert read(both, OCTOBER) == [
        f"{tmp_path}/months/2026-10/b.jpg",
        f"{tmp_path}/f-2026-10.zip!UTKFace/c.jpg",
    ]
    assert span_read(both, spans.NEWEST) == OCTOBER


def test_two_stars_match_any_folders_with_and_without_a_span(data: str, tmp_path: Path) -> None:
    folder = tmp_path / "faces" / "span-10" / "deep" / "er"
    folder.mkdir(parents=True)
    (folder / "11_0_0_20170109142408075.jpg").touch()
    names = ["10_0_0_20170109142408075.jpg", "deep/er/11_0_0_20170109142408075.jpg"]
    expected = [f"{tmp_path}/faces/span-10/{name}" for name in names]
    assert read(f"{data}/**/*.jpg", spans.NEWEST) == expected
    assert span_read(f"{data}/**/*.jpg", spans.NEWEST) == 10
    assert read(f"{data}/**", 10) == expected
    assert source.list_spans(f"{data}/**/*.jpg") == [1, 2, 10]
    assert read(f"{tmp_path}/faces/span-1?/**/*.jpg", spans.NEWEST) == expected
    # A folder and its files both match; each file is listed once.
    assert read(f"{tmp_path}/faces/span-10/**/*", spans.NEWEST) == expected
