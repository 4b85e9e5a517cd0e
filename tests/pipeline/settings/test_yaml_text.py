"""Any text ends in settings or in an error that names the mistake, and soon."""

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.settings.config import ConfigError, load_config
from pipeline.settings.yaml_text import parse_yaml
from trainer.settings.base import flatten

_TOKENS = (
    *("a", "b", "1", "0x", "_", ".", "-", ":", " ", "\n", "\t", "'", '"', "\\", "\\0", "\\ud800"),
    *("- ", ": ", "? ", ", ", "[", "]", "{", "}", "&a ", "*a ", "<<: ", "# ", "|", ">", "---", "%"),
    *("~", "!", "!!int ", "!!float ", "!!bool ", "!!timestamp ", "!!binary ", "!!set ", "!!omap "),
    *("!!pairs ", "!!python/name:os.system ", "2026-13-45", "1:59:", ".nan", "1e999", "\r", "é"),
)
_KEYS = sorted(flatten(load_config(data="/faces/{SPAN}").model_dump()))
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.dates()
    | st.sampled_from(["1", "yes", "<b>", "../..", "s3://b/f", "{SPAN}", "file:///dev/null"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("2026-13-45", "expected a value of the type timestamp; found another value"),
        ("2026-11-30 25:61:00", "expected a value of the type timestamp; found another value"),
        ("!!timestamp soon", "expected a value of the type timestamp; found another value"),
        ("!!int many", "expected a value of the type int; found another value"),
        ("!!int ''", "expected a value of the type int; found another value"),
        ("!!float much", "expected a value of the type float; found another value"),
        ("!!bool maybe", "expected a value of the type bool; found another value"),
        ("0x_", "expected a value of the type int; found another value"),
        ("9" * 101, "expected at most 100 characters of a number; found more"),
        ("1" + ":59" * 9999, "expected at most 100 characters of a number; found more"),
        ("9223372036854775808", "expected a whole number of at most 64 bits; found a larger"),
        ("-0xffffffffffffffffff", "expected a whole number of at most 64 bits; found a larger"),
        (r'"a\0b"', "expected text; found a null character or half of a surrogate pair"),
        (r'"\ud83d"', "expected text; found a null character or half of a surrogate pair"),
        (r'"\udfff"', "expected text; found a null character or half of a surrogate pair"),
    ],
)
def test_a_value_that_cannot_be_read_is_reported_with_its_place(
    value: str, problem: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as of_file:
        load_config(str(_write(tmp_path, f"data: /faces\nspan: {value}\n")))
    with pytest.raises(ConfigError) as of_override:
        load_config(overrides=[f"span={value}"], data="/faces")
    place = "in line 2, column 7"
    assert str(of_file.value).startswith(f"{tmp_path}/settings.yaml: expected YAML; {problem}")
    assert str(of_file.value).endswith(place)
    assert str(of_override.value).startswith(f"--set span={value}: expected a YAML value; ")
    assert problem in str(of_override.value)


@pytest.mark.parametrize("value", ["9223372036854775807", "-9223372036854775807"])
def test_the_largest_numbers_are_read(value: str) -> None:
    assert parse_yaml(f"seed: {value}") == {"seed": int(value)}
    assert parse_yaml("0" * 99 + "7") == 7


def test_merged_aliases_count_as_all_their_values(tmp_path: Path) -> None:
    levels = "a: &a {x: 1}\n" + "".join(
        f"{chr(level + 1)}: &{chr(level + 1)} {{<<: [{f'*{chr(level)}, ' * 12}]}}\n"
        for level in range(ord("a"), ord("k"))
    )
    started = time.monotonic()
    with pytest.raises(ConfigError, match="expected at most 100,000 values; found more"):
        load_config(str(_write(tmp_path, levels)))
    assert time.monotonic() - started < 5


def test_merged_settings_are_read() -> None:
    merged = parse_yaml("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}")
    assert merged == {"a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 3}}


@given(st.lists(st.sampled_from(_TOKENS), max_size=25).map("".join))
@example("!!omap - 1")
@example("&a [*a]")
@example("? &a {*a : 1}")
def test_any_yaml_is_read_or_refused(text: str) -> None:
    try:
        value = parse_yaml(text)
    except yaml.YAMLError as error:
        assert str(error)  # noqa: PT017
    else:
        for part in _parts(value):
            assert not isinstance(part, int) or abs(part) < 1 << 63
            assert not isinstance(part, str) or "\0" not in part.encode().decode()


@settings(max_examples=200)
@given(st.sampled_from(_KEYS), _VALUES)
def test_any_value_of_a_setting_is_written_as_it_is_read_or_refused_by_name(
    key: str, value: Any
) -> None:
    override = f"{key}={yaml.safe_dump(value, default_flow_style=True, width=1 << 20)}"
    try:
        config = load_config(overrides=[override], data="/faces/{SPAN}")
    except ConfigError as error:
        assert key.split(".")[0] in str(error)  # noqa: PT017
    else:
        assert load_config(overrides=[], **parse_yaml(config.to_yaml())) == config


def _write(folder: Path, text: str) -> Path:
    path = folder / "settings.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def _parts(value: Any) -> Iterator[Any]:
    yield value
    if isinstance(value, Mapping):
        for item in (*value, *value.values()):
            yield from _parts(item)
    elif isinstance(value, list | tuple | set):
        for item in value:
            yield from _parts(item)
