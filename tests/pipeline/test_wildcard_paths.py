"""A path of ours that TensorFlow would take for a glob is refused before anything runs."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli import main
from pipeline.tools.sample import write_samples

REASON = (
    "expected a path without *, ?, [ and \\, which TensorFlow reads as wildcards. Rename the "
    "folder, or choose another"
)


@pytest.mark.parametrize("name", ["root [2024]", "root*", "root?", "a\\b"])
@pytest.mark.parametrize("command", ["run", "retrain", "predict", "export", "compare"])
def test_a_root_with_wildcards_is_refused(command: str, name: str, tmp_path: Path) -> None:
    root = tmp_path / name
    (root / "serving" / "1").mkdir(parents=True)
    (root / "serving" / "1" / "saved_model.pb").touch()
    (face,) = write_samples(tmp_path / "faces", count=1, seed=1)
    arguments = {
        "run": ["--data", str(tmp_path / "faces")],
        "retrain": ["--data", f"{tmp_path}/{{SPAN}}"],
        "predict": [str(face)],
        "export": ["--format", "tflite", "--output", str(tmp_path / "x.tflite")],
        "compare": ["compact", "--output", str(tmp_path / "out")],
    }[command]
    result = CliRunner().invoke(main, [command, *arguments, "--root", str(root)])
    assert result.exit_code == 2, result.output
    assert REASON in result.output
    assert sorted(path.name for path in root.iterdir()) == ["serving"]


def test_a_model_to_export_with_wildcards_is_refused(tmp_path: Path) -> None:
    model = tmp_path / "model [1]"
    model.mkdir()
    (model / "saved_model.pb").touch()
    result = CliRunner().invoke(
        main, ["export", str(model), "--format", "tflite", "--output", str(tmp_path / "x.tflite")]
    )
    assert result.exit_code == 2 and f"{model}: {REASON}" in result.output


def test_a_relative_root_in_a_working_folder_with_wildcards(tmp_path: Path, monkeypatch) -> None:
    folder = tmp_path / "a [b]"
    folder.mkdir()
    monkeypatch.chdir(folder)
    result = CliRunner().invoke(main, ["run", "--data", "."])
    assert result.exit_code == 2
    assert f"root: {REASON}; found 'utkface-root'" in result.output
