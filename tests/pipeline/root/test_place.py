"""The root must not be inside the data, because all files there are read."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from components.errors import InputError
from pipeline.cli import main
from pipeline.root.place import check_artifacts_outside_data, check_root_outside_data


@pytest.mark.parametrize(
    ("root", "data"),
    [
        ("data/utkface-root", "data"),
        ("data/a/b", "data"),
        ("data", "data"),
        ("data/utkface-root", "data/*"),
        ("data", "data/*"),
        ("data/b", "data/[a-c]"),
        ("data/2026-01-01", "data/{YYYY}-{MM}-{DD}"),
        ("linked/utkface-root", "data"),
    ],
)
def test_a_root_in_the_data_is_refused(tmp_path: Path, root: str, data: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "linked").symlink_to("data")
    with pytest.raises(InputError) as caught:
        check_root_outside_data(f"{tmp_path}/{root}", ["s3://bucket/faces", f"{tmp_path}/{data}"])
    assert str(caught.value) == (
        f"{tmp_path}/{data}: expected data without the root in it; the root is {tmp_path}/{root}, "
        "and its own files would be read as images. Name the folder of the images alone, or "
        "another --root."
    )


@pytest.mark.parametrize(
    ("root", "data"),
    [
        ("utkface-root", "data"),
        (".", "data"),
        ("data", "data/faces"),
        ("data-root", "data"),
        ("data/utkface-root", "data/*.jpg"),
        ("data/utkface-root", "data/*/*.jpg"),
        ("data/utkface-root", "data/faces.zip"),
        ("data/utkface-root", "data/{SPAN}.zip!/UTKFace"),
        ("data/utkface-root", "data/span-{SPAN}"),
    ],
)
def test_a_root_beside_or_above_the_data_is_accepted(tmp_path: Path, root: str, data: str) -> None:
    (tmp_path / "data" / "faces").mkdir(parents=True)
    check_root_outside_data(f"{tmp_path}/{root}", [f"{tmp_path}/{data}"])


@pytest.mark.parametrize("command", ["run", "retrain"])
def test_a_run_with_its_root_in_the_data_is_refused(
    faces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    folder = tmp_path / "3"
    shutil.copytree(faces, folder)
    monkeypatch.chdir(folder)
    data = "." if command == "run" else f"{tmp_path}/{{SPAN}}"
    result = CliRunner().invoke(main, [command, "--data", data])
    assert result.exit_code == 2
    assert "expected data without the root in it" in result.output
    assert f"the root is {folder}/utkface-root, and its own files" in result.output
    assert not (folder / "utkface-root").exists()


def test_inspect_refuses_data_with_a_root_in_it(
    faces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "faces"
    shutil.copytree(faces, folder)
    monkeypatch.chdir(folder)
    assert CliRunner().invoke(main, ["inspect", "."]).exit_code == 0
    (folder / "utkface-root").mkdir()
    (folder / "utkface-root" / "metadata.db").write_bytes(b"SQLite")
    result = CliRunner().invoke(main, ["inspect", "."])
    assert result.exit_code == 2
    assert "expected data without the root in it" in " ".join(result.output.split())


def test_the_tfx_runner_refuses_a_root_in_the_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from pipeline.engines.local import runner as local_runner

    (tmp_path / "1.jpg").touch()
    (tmp_path / "settings.yaml").write_text(f"data: {tmp_path}\nroot: {tmp_path}/root\n")
    monkeypatch.setenv("UTKFACE_CONFIG", f"{tmp_path}/settings.yaml")
    assert local_runner.main() == 2
    assert "expected data without the root in it" in capsys.readouterr().err
    assert not (tmp_path / "root").exists()


@pytest.mark.parametrize(
    "data",
    ["s3://b", "s3://b/faces/", "minio://b/faces", "s3://b/*", "s3://b/faces/out/*", "s3://b/**"],
)
def test_artifacts_on_a_store_must_be_outside_the_data(data: str) -> None:
    with pytest.raises(InputError, match="expected data without the artifacts in it; they are in"):
        check_artifacts_outside_data("s3://b/faces/out", ["/faces", data])


@pytest.mark.parametrize(
    "data", ["s3://b/faces/out-1", "s3://other/faces", "s3://b/faces/out/*.jpg", "s3://b/f/{SPAN}"]
)
def test_artifacts_beside_the_data_are_accepted(data: str) -> None:
    check_artifacts_outside_data("s3://b/faces/out", [data, "/faces"])
