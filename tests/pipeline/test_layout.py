"""The paths under a root."""

from pathlib import Path

import pytest

from pipeline.layout import RootLayout


def push(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "saved_model.pb").touch()


def test_all_paths_are_under_the_root() -> None:
    layout = RootLayout(Path("/somewhere"))
    assert [layout.artifacts, layout.metadata, layout.serving, layout.runs] == [
        Path("/somewhere/artifacts"),
        Path("/somewhere/metadata.db"),
        Path("/somewhere/serving"),
        Path("/somewhere/runs"),
    ]


def test_the_latest_model_has_the_largest_version_number(tmp_path: Path) -> None:
    layout = RootLayout(tmp_path)
    for version in ("9", "1700000000", "999999999", "0010"):
        push(layout.serving / version)
    # A version that is not copied completely is not served.
    (layout.serving / "1800000000" / "variables").mkdir(parents=True)
    assert layout.latest_model() == tmp_path / "serving" / "1700000000"


def test_folders_without_a_version_number_are_ignored(tmp_path: Path) -> None:
    layout = RootLayout(tmp_path)
    for name in ("7", "8.tmp", "latest", ".9", "-10", "tmp-11"):
        push(layout.serving / name)
    assert layout.latest_model().name == "7"
    assert layout.served_models() == [layout.serving / "7"]


@pytest.mark.parametrize("made", ["", "serving", "serving/latest", "serving/7/variables"])
def test_a_missing_model_is_reported_with_the_command_to_run(tmp_path: Path, made: str) -> None:
    (tmp_path / made).mkdir(parents=True, exist_ok=True)
    with pytest.raises(FileNotFoundError) as caught:
        RootLayout(tmp_path).latest_model()
    assert str(caught.value) == (
        f"{tmp_path}/serving: expected a pushed model; there is none. "
        f"Run `utkface run --data PATH --root {tmp_path}` first."
    )


@pytest.mark.parametrize(
    ("noted", "found"),
    [
        ("/old/root/artifacts/FairnessReport/figures/15", "FairnessReport/figures/15"),
        # A root can be inside another folder named artifacts.
        ("/artifacts/root/artifacts/Transform/transform_graph/3", "Transform/transform_graph/3"),
        ("file:///old/artifacts/A/b/1", "A/b/1"),
    ],
)
def test_artifacts_are_found_in_a_moved_root(noted: str, found: str) -> None:
    assert RootLayout(Path("/new")).relocate(noted) == f"/new/artifacts/{found}"


def test_paths_outside_a_root_are_unchanged() -> None:
    for uri in ("/data/faces", "s3://bucket/models/7", "/old/artifacts"):
        assert RootLayout(Path("/new")).relocate(uri) == uri
