"""A schema is read, or refused with its path, whatever it contains."""

import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from components.errors import InputError
from pipeline.settings.config import load_config
from pipeline.tools.schema.files import load_schema

CURATED = Path(load_config(data="/d").schema_file).read_text(encoding="utf-8")
_TOKENS = (
    *("feature", "name", "type", "int_domain", "struct_domain", "string_domain", "custom_domain"),
    *("min", "max", "value", "presence", "shape", "dim", "size", "annotation", "[a.b/c]", "INT"),
    *("{ ", "} ", "<", ">", "[", "]", ": ", ", ", "; ", "# ", "\n", " ", '"', "'", "\\", "\0"),
    *(
        '"a"',
        '"\\xff"',
        '"\\ud800"',
        '"\\U00110000"',
        "-",
        "1",
        "1e999",
        "nan",
        "99999999999999999999",
    ),
)


def message(path: Path, data: bytes) -> str:
    """Returns the message of a refused schema; empty if it is read."""
    path.write_bytes(data)
    try:
        schema = load_schema(str(path))
    except InputError as error:
        return str(error)
    assert schema.feature and schema.SerializeToString()
    return ""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("schema") / "mine.pbtxt"


@settings(max_examples=150)
@given(st.lists(st.sampled_from(_TOKENS), max_size=30).map("".join))
@example("feature { name: '\\xff' }")
@example("feature { name: 'a' int_domain { max: 9999999999999999999999 } }")
def test_any_text_is_read_or_refused_with_the_path(path: Path, text: str) -> None:
    refusal = message(path, text.encode())
    assert not refusal or refusal.startswith(f"{path}")


@settings(max_examples=50)
@given(st.integers(0, len(CURATED) - 1), st.sampled_from(["", "{", "}", "\0", '"', "9", "é", "\n"]))
def test_a_curated_schema_with_a_cut_or_a_typo_is_read_or_refused(
    path: Path, place: int, typo: str
) -> None:
    for text in (CURATED[:place] + typo + CURATED[place + 1 :], CURATED[:place] + typo):
        refusal = message(path, text.encode())
        assert not refusal or refusal.startswith(f"{path}: expected ")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("feature { struct_domain { " * 5000, "expected a schema as text"),
        ("feature { struct_domain { " * 500 + "} }" * 500, "found too many levels of messages"),
        ("feature { name: 'a' type: " + "x" * 99_999, "expected a schema as text"),
    ],
)
def test_deep_and_long_text_is_refused_with_a_short_message(
    path: Path, text: str, problem: str
) -> None:
    refusal = message(path, text.encode())
    assert problem in refusal and len(refusal) < 1000


def test_a_schema_of_many_features_is_read_quickly(path: Path) -> None:
    text = "".join(f"feature {{ name: 'f{number}' }}\n" for number in range(20_000))
    started = time.monotonic()
    assert message(path, f"{text}feature {{ name: 'f7' }}".encode()) == (
        f"{path}: expected each feature once; found 'f7' several times. Keep one."
    )
    assert time.monotonic() - started < 10
