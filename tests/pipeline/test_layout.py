"""Where things lie under a root."""

from pathlib import Path

import pytest

from pipeline.layout import RootLayout


def test_everything_lies_under_the_root() -> None:
    layout = RootLayout(Path("/somewhere"))
    assert [layout.artifacts, layout.metadata, layout.serving, layout.runs] == [
        Path("/somewhere/artifacts"),
        Path("/somewhere/metadata.db"),
        Path("/somewhere/serving"),
        Path("/somewhere/runs"),
    ]


def test_the_latest_model_is_the_largest_number_and_not_the_last_word(tmp_path: Path) -> None:
    layout = RootLayout(tmp_path)
    for version in ("9", "1700000000", "999999999", "0010"):
        (layout.serving / version).mkdir(parents=True)
    assert layout.latest_model() == tmp_path / "serving" / "1700000000"


def test_what_is_no_version_is_no_model(tmp_path: Path) -> None:
    layout = RootLayout(tmp_path)
    for name in ("7", "8.tmp", "latest", ".9", "-10", "tmp-11"):
        (layout.serving / name).mkdir(parents=True)
    assert layout.latest_model().name == "7"


@pytest.mark.parametrize("made", ["", "serving", "serving/latest"])
def test_without_a_model_the_message_says_where_and_what_to_run(tmp_path: Path, made: str) -> None:
    (tmp_path / made).mkdir(parents=True, exist_ok=True)
    with pytest.raises(FileNotFoundError) as caught:
        RootLayout(tmp_path).latest_model()
    assert str(caught.value) == (
        f"{tmp_path}/serving: expected a pushed model; there is none. "
        f"Run `utkface run --data PATH --root {tmp_path}` first."
    )
