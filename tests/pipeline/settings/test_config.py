"""The settings: their sources, their precedence, and the message for each mistake."""

import datetime
import os
import threading
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tfx.components.example_gen.utils import date_to_span_number
from tfx.utils import dependency_utils

from pipeline.settings.config import ConfigError, PipelineConfig, load_config


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Writes a settings file into the working folder, and returns its name."""
    monkeypatch.chdir(tmp_path)

    def write(content: str | bytes) -> str:
        data = content.encode() if isinstance(content, str) else content
        (tmp_path / "settings.yaml").write_bytes(data)
        return "settings.yaml"

    return write


def mistakes(path: str | None = None, *overrides: str, **values: object) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_config(path, overrides=overrides, **values)
    return str(caught.value).split("\n")


def test_data_is_the_only_required_setting() -> None:
    config = load_config(data="/faces")
    assert config == PipelineConfig(data="/faces")
    assert (config.pipeline_name, config.trainer.epochs) == ("utkface", 20)
    assert config.splits.model_dump() == {"train": 70, "eval": 10, "test": 20}
    assert "--runner=FnApiRunner" in config.beam_arguments()


def test_tfx_does_not_package_itself_for_a_local_beam() -> None:
    arguments = load_config(data="/faces").beam_arguments()
    assert dependency_utils.make_beam_dependency_flags(arguments) == arguments


def test_overrides_take_precedence_over_the_file_and_keywords_over_both(written) -> None:
    path = written("data: /file\nroot: /file\ntrainer: {epochs: 2, batch_size: 8, seed: 9}")
    config = load_config(
        path,
        overrides=["data=/set", "root=/set", "trainer.epochs=3", "trainer.epochs=4"],
        data="/keyword",
        root=None,
    )
    assert (config.data, config.root) == (("/keyword",), "/set")
    assert config.trainer.model_dump(include={"epochs", "batch_size", "seed"}) == {
        "epochs": 4,
        "batch_size": 8,
        "seed": 9,
    }


def test_a_span_needs_a_placeholder_in_the_data_path() -> None:
    assert load_config(data="/faces-{SPAN}", overrides=["span=3"]).span == 3
    assert load_config(data="/faces-{SPAN:2}.tar").span is None
    (line,) = mistakes(data="/faces", span=3)
    assert line == "span: expected {SPAN} or a date in the data path, /faces; found 3"


def test_a_month_is_a_span(written) -> None:
    data = "/faces/{YYYY}/{MM}"
    for month in ("2026-11", "2026-11-01", "2026-11-30"):
        assert load_config(data=data, overrides=[f"span={month}"]).span == 20758
        assert load_config(written(f"data: {data}\nspan: {month}")).span == 20758
    (line,) = mistakes(data=data, span="November")
    assert line == "span: expected a month such as 2026-11; found 'November'"
    (line,) = mistakes(data=["/a/{YYYY}-{MM}", "/b/{YYYY}-{MM}-{DD}"])
    assert "or a month in each, or none" in line


def test_a_date_is_converted_to_the_span_number_of_tfx(written) -> None:
    data = "/faces/{YYYY}-{MM}-{DD}"
    assert date_to_span_number(2026, 11, 1) == 20758
    assert load_config(data=data, overrides=["span=2026-11-01"]).span == 20758
    assert load_config(written(f"data: {data}\nspan: 2026-11-01")).span == 20758
    assert load_config(data=data, overrides=["span=20758"]).span == 20758
    (line,) = mistakes(data="/faces-{SPAN}", span=datetime.date(2026, 11, 1))
    assert line.startswith("span: expected a number, because the data path has no date; found")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            ["/a", "/b-{SPAN}"],
            "expected {SPAN} in each path, or a date in each, or a month in each",
        ),
        (["/{YYYY}{MM}{DD}", "/b-{SPAN}"], "expected {SPAN} in each path, or a date in each"),
        ("/{SPAN}-{SPAN}", "expected {SPAN} once, or each of {YYYY}, {MM}, {DD} once"),
        ("/{YYYY}-{DD}", "expected {SPAN} once, or each of {YYYY}, {MM}, {DD} once"),
        ("/{YYYY}-{MM}-{DD}/{SPAN}", "expected {SPAN} once, or each of"),
        ("/a\n/b", "expected a path of one line"),
        (["/a", ""], "expected a path of one line"),
        ([], "expected at least one path"),
    ],
)
def test_invalid_data_paths_are_refused(data, message: str) -> None:
    (line,) = mistakes(data=data)
    assert line.startswith("data: ") and message in line


@pytest.mark.parametrize("content", ["", "# nothing\n", "{}"])
def test_a_file_without_settings_changes_nothing(written, content: str) -> None:
    assert load_config(written(content), data="/d") == load_config(data="/d")


def test_paths_are_made_absolute_and_object_stores_are_kept(written) -> None:
    path = written("data: faces/*.jpg")
    here = Path.cwd()
    config = load_config(path)
    assert (config.data, config.root) == ((f"{here}/faces/*.jpg",), f"{here}/utkface-root")
    assert load_config(path, data="~/faces").data == (str(Path.home() / "faces"),)
    assert load_config(path, data="gs://b/faces/*").data == ("gs://b/faces/*",)


def test_data_is_one_path_or_a_list_of_paths(written) -> None:
    path = written("data: [faces, gs://b/faces.zip]")
    assert load_config(path).data == (f"{Path.cwd()}/faces", "gs://b/faces.zip")
    assert yaml.safe_load(load_config(path).to_yaml())["data"] == [*load_config(path).data]


def test_a_root_on_an_object_store_is_refused() -> None:
    (line,) = mistakes(data="gs://b/faces", root="s3://b/root")
    assert line == (
        "root: expected a local folder: it holds the metadata store, an SQLite file. To put "
        "artifacts, history and pushed models on an object store, set artifacts; found "
        "'s3://b/root'"
    )


@pytest.mark.parametrize(
    ("uri", "stored"), [("s3://b", "s3://b"), ("minio://b/a/", "minio://b/a"), (None, None)]
)
def test_artifacts_are_on_an_object_store_or_in_the_root(uri: str, stored: str) -> None:
    assert load_config(data="faces", artifacts=uri).artifacts == stored


@pytest.mark.parametrize("uri", ["/data", "gs://b/a", "s3://", "s3://b/a*", "s3://b/a?x", "s3:b"])
def test_artifacts_elsewhere_are_refused(uri: str) -> None:
    (line,) = mistakes(data="faces", artifacts=uri)
    assert line == (
        f"artifacts: expected s3://BUCKET/FOLDER or minio://BUCKET/FOLDER; found {uri!r}"
    )


def test_values_of_overrides_are_read_as_yaml() -> None:
    config = load_config(
        data="/d",
        overrides=["beam_pipeline_args=[--a=b, --c]", "trainer.learning_rate=1e-3", "root=/a=b"],
    )
    assert config.beam_arguments() == ["--a=b", "--c"]
    assert config.trainer.learning_rate == 0.001
    assert config.root == "/a=b"


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        ("", ["data: expected a value; it is not set"]),
        ("data: /d\nnope: 1", ["nope: there is no such setting"]),
        ("data: /d\ntrainer: {epoch: 1}", ["trainer.epoch: there is no such setting"]),
        ("data: [1]", ["data.0: Input should be a valid string; found 1"]),
        ("data: /d\nsplits: {test: 0}", ["splits.test: *equal to 1; found 0"]),
        ("data: /d\ntrainer: {epochs: two}", ["trainer.epochs: *integer*; found 'two'"]),
        ("data: /d\ntrainer: 3", ["trainer: *dictionary*; found 3"]),
        (
            "data: /d\ntrainer: {architecture: x}",
            ["trainer.architecture: *or 'pretrained'; found 'x'"],
        ),
        (
            "data: /d\ningest: {archives: {max_members: 0}}",
            ["ingest.archives.max_members: *1; found 0"],
        ),
        (
            "data: /d\ningest: {pictures: {side: 1}}",
            ["ingest.pictures.side: there is no such setting"],
        ),
        ("data: /d\nthresholds: {max_age_mae: 0}", ["thresholds.max_age_mae: *0; found 0"]),
        (
            "data: /d\nthresholds: {min_gender_accuracy: 60}",
            ["thresholds.min_gender_accuracy: *less than or equal to 1; found 60"],
        ),
        ("data: /d\npipeline_name: My Pipe", ["pipeline_name: *pattern*; found 'My Pipe'"]),
        ("data: /d\n1: 2", ["1: *; found 1"]),
        (
            "splits: {train: 0}\ntrainer: {epochs: 0}",
            ["data: *not set", "splits.train: *found 0", "trainer.epochs: *found 0"],
        ),
    ],
)
def test_each_mistake_has_a_line_with_its_key(written, content: str, lines: list[str]) -> None:
    found = mistakes(written(content))
    assert len(found) == len(lines)
    for line, expected in zip(found, lines, strict=True):
        pieces = expected.split("*")
        assert line.startswith(pieces[0])
        assert line.endswith(pieces[-1])


def test_an_unreadable_file_is_reported_with_the_reason(written, tmp_path: Path) -> None:
    assert mistakes("none.yaml", data="/d") == [
        "none.yaml: expected a YAML file; No such file or directory"
    ]
    assert mistakes(str(tmp_path)) == [f"{tmp_path}: expected a YAML file; Is a directory"]


@pytest.mark.parametrize(
    "content", ["a: [", "a: b: c", "\t- x", b"\xff\xfe\xfa", "a: !!python/x y"]
)
def test_broken_yaml_is_reported_in_one_line_with_the_file(written, content: str | bytes) -> None:
    (line,) = mistakes(written(content))
    assert line.startswith("settings.yaml: expected YAML; ")


@pytest.mark.parametrize(
    ("content", "kind"), [("- data", "list"), ("data", "str"), ("3.5", "float")]
)
def test_a_file_without_a_mapping_is_refused(written, content: str, kind: str) -> None:
    assert mistakes(written(content)) == [
        f"settings.yaml: expected settings by name; found a {kind}"
    ]


@pytest.mark.parametrize("override", ["epochs", "", "=3", ".epochs=3", "trainer.=3", "a..b=3"])
def test_an_override_without_a_key_and_a_value_is_refused(override: str) -> None:
    assert mistakes(None, override, data="/d") == [
        f"--set {override}: expected key=value, such as trainer.epochs=3"
    ]


def test_overrides_inside_a_value_or_with_broken_yaml_are_refused(written) -> None:
    path = written("data: /d")
    assert mistakes(path, "data.x=1") == ["--set data.x=1: data is a value and has no x"]
    assert mistakes(path, "root=[") == [
        "--set root=[: expected a YAML value; while parsing a flow node, "
        "expected the node content, but found '<stream end>' in line 1, column 2"
    ]
    assert mistakes(path, "trainer.nope=1") == ["trainer.nope: there is no such setting"]


@pytest.mark.parametrize("key", ["data", "root"])
def test_an_empty_path_is_refused(key: str) -> None:
    (line,) = mistakes(**{"data": "/d", key: ""})
    assert line.startswith(f"{key}: ")


def test_the_home_folder_of_an_unknown_user_is_reported() -> None:
    (line,) = mistakes(data="~no-such-user/faces")
    assert line.startswith("data: ")


@given(st.lists(st.text(max_size=20), max_size=3), st.text(max_size=30))
def test_any_text_gives_settings_or_a_config_error(overrides: list[str], pair: str) -> None:
    try:
        config = load_config(overrides=[*overrides, f"trainer.seed={pair}"], data="/d")
    except ConfigError as error:
        message = str(error)
    else:
        message = config.to_yaml()
    assert message


def test_written_settings_are_read_back_unchanged(written) -> None:
    config = load_config(
        data="gs://b/x", overrides=["trainer.epochs=3", "thresholds.max_age_mae=9.5", "root=/r"]
    )
    assert load_config(written(config.to_yaml())) == config
    assert yaml.safe_load(config.to_yaml()).keys() == PipelineConfig.model_fields.keys()


def test_the_example_settings_are_valid() -> None:
    demo = Path(__file__).parents[3] / "pipeline" / "configs" / "demo.yaml"
    assert load_config(str(demo), data="/d").trainer.epochs == 20
    pretrained = load_config(str(demo.with_name("pretrained.yaml")), data="/d")
    assert (pretrained.image_size, pretrained.trainer.frozen_epochs) == (128, 3)


@pytest.mark.parametrize("size", [31, 513, 96.5, None])
def test_the_image_size_has_bounds(size) -> None:
    assert load_config(data="/d", overrides=["image_size=32"]).image_size == 32
    with pytest.raises(ConfigError, match=r"^image_size: .*; found"):
        load_config(data="/d", overrides=[f"image_size={'null' if size is None else size}"])


SECRET = "xyzzy42"


@pytest.mark.parametrize(
    "content",
    [
        f"notify: {{webhook: htps://h/{SECRET}}}",
        f"notify: {{webhook: 'https://h:{SECRET}/'}}",
        f"notify: {{webhook: 'https://h\u2100{SECRET}/'}}",
        f"notify: {{webhook: [https://h/{SECRET}]}}",
        f"notify: {{webhook: {{url: https://h/{SECRET}}}}}",
        f"notify: https://h/{SECRET}",
        f"notify: [https://h/{SECRET}]",
        f"notify: {{webhook:https://h/{SECRET}}}",
        f"notify: {{webhook: https://h/a: {SECRET}}}",
        f"notify:\n  webhook: 'https://h/{SECRET}\n",
        f"notify:\n  webhook: @{SECRET}\n",
        f"https://h/{SECRET}: 1",
    ],
)
def test_error_messages_about_a_file_never_quote_a_secret(written, content: str) -> None:
    found = mistakes(written(f"data: /d\n{content}"))
    assert found and SECRET not in "".join(found)
    assert found[0].startswith(("notify", "settings.yaml: expected YAML; ", "https...: "))


@pytest.mark.parametrize(
    "override",
    [
        f"notify.webhook=htps://h/{SECRET}",
        f"notify.webhook:https://h/{SECRET}",
        f"notify.webhook=[{SECRET}",
        f"notify=https://h/{SECRET}",
        f"notify:{SECRET}",
        f"notify.webhook.{SECRET}",
    ],
)
def test_error_messages_about_an_override_never_quote_a_secret(override: str) -> None:
    (line,) = mistakes(None, override, data="/d")
    assert SECRET not in line and "notify" in line


def test_a_mistake_in_a_secret_is_explained_without_the_secret() -> None:
    assert mistakes(data="/d", notify={"webhook": f"htps://h/{SECRET}"}) == [
        "notify.webhook: expected a URL that begins with https://; the value is hidden because it "
        "may contain a secret"
    ]
    assert mistakes(data="/d", notify={"webhook": f"http://h/{SECRET}"}) == [
        "notify.webhook: expected a URL that begins with https://; found http://, which anyone on "
        "the network path can read. Set notify.allow_http to allow it; the value is hidden because "
        "it may contain a secret"
    ]
    assert mistakes(None, f"notify.webhook:{SECRET}", data="/d") == [
        "--set notify.webhook=...: expected key=value, such as trainer.epochs=3"
    ]


@pytest.mark.parametrize("key", ["root", "schema_file"])
def test_a_path_of_several_lines_is_refused(key: str) -> None:
    (line,) = mistakes(**{"data": "/d", key: "/a\nService"})
    assert line == f"{key}: expected a path of one line; found '/a\\nService'"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("data: " + "[" * 10_000 + "]" * 10_000, "expected at most 50 levels; found more"),
        ("data: " + "[" * 60 + "]" * 60, "expected at most 50 levels; found more"),
        ("data: &a [*a]", "expected at most 50 levels; found more"),
        (
            "a0: &a0 [x, x]\n"
            + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)),
            "expected at most 100,000 values; found more, counting the values of aliases",
        ),
        ("data: '" + "x" * (1 << 20) + "'", "expected at most 1,048,576 bytes; found more"),
    ],
    ids=["deep", "deeper than settings", "itself", "aliases", "large"],
)
def test_an_oversized_document_is_refused_quickly(written, content, problem) -> None:
    began = time.monotonic()
    assert mistakes(written(content)) == [f"settings.yaml: expected YAML; {problem}"]
    assert time.monotonic() - began < 5
    if content.startswith("data: ") and len(content) < 1 << 17:
        text = content.removeprefix("data: ")
        (line,) = mistakes(None, f"data={text}")
        assert "expected a YAML value; " in line


def test_aliases_within_bounds_are_read(written) -> None:
    config = load_config(written("data: &d [/a, /b]\nbeam_pipeline_args: *d"))
    assert config.data == config.beam_pipeline_args == ("/a", "/b")


def test_settings_can_be_read_from_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_text, args=("data: /d",))
    writer.start()
    assert load_config(str(tmp_path / "pipe")).data == ("/d",)
    writer.join()


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no /dev/zero")
def test_an_endless_file_is_refused() -> None:
    assert mistakes("/dev/zero") == [
        "/dev/zero: expected YAML; expected at most 1,048,576 bytes; found more"
    ]


def test_a_long_value_is_shortened_in_the_message() -> None:
    (line,) = mistakes(data="/d", trainer="x" * 5_000)
    assert line.endswith("x...") and len(line) < 400
