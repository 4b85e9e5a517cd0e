"""The root may not lie in the data, whose files are all taken."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from components.errors import InputError
from pipeline.cli import main
from pipeline.root.place import check_root_outside_data


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
def test_a_root_beside_or_above_the_data_is_none_of_it(
    tmp_path: Path, root: str, data: str
) -> None:
    (tmp_path / "data" / "faces").mkdir(parents=True)
    check_root_outside_data(f"{tmp_path}/{root}", [f"{tmp_path}/{data}"])


@pytest.mark.parametrize("command", ["run", "retrain"])
def test_a_run_is_refused_at_once(
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


def test_an_inspection_of_data_with_a_root_in_it_is_refused_too(
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


def test_tfx_s_own_command_is_refused_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from pipeline.engines.local import runner as local_runner

    (tmp_path / "1.jpg").touch()
    (tmp_path / "settings.yaml").write_text(f"data: {tmp_path}\nroot: {tmp_path}/root\n")
    monkeypatch.setenv("UTKFACE_CONFIG", f"{tmp_path}/settings.yaml")
    assert local_runner.main() == 2
    assert "expected data without the root in it" in capsys.readouterr().err
    assert not (tmp_path / "root").exists()
