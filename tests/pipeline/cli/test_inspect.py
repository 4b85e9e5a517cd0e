"""`utkface inspect`: what would become of files, in seconds and without TensorFlow."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli import main


@pytest.fixture
def folder(faces: Path, tmp_path: Path) -> Path:
    """Two pictures, one of them twice under another age, and a file that is none."""
    first, second = sorted(faces.iterdir())[:2]
    contents = {
        "20_0_0_20170109142408001.jpg": first.read_bytes(),
        "24_0_0_20170109142408002.jpg": first.read_bytes(),
        "30_1_1_20170109142408003.jpg": second.read_bytes(),
        "40_1_1_20170109142408004.jpg": b"<script>",
    }
    for name, content in contents.items():
        (tmp_path / "data").mkdir(exist_ok=True)
        (tmp_path / "data" / name).write_bytes(content)
    return tmp_path / "data"


def inspect(*arguments: object) -> str:
    result = CliRunner().invoke(main, ["inspect", *map(str, arguments)])
    assert result.exit_code == 0, result.output
    return result.output


def test_json_holds_the_whole_summary(folder: Path) -> None:
    summary = json.loads(inspect(folder, "--json"))["summary"]
    counts = ("listed", "accepted", "repaired", "quarantined", "ignored")
    assert [summary[key] for key in counts] == [4, 1, 0, 3, 0]
    assert summary["by_reason"] == {"label-conflict": 2, "not-an-image": 1}
    assert summary["duplicates"]["mean_age_difference"] == 4.0
    assert summary["distributions"]["race"]["Black"] == 1


def test_the_ledger_names_each_file_below_its_source(folder: Path, tmp_path: Path) -> None:
    inspect(folder, "--ledger", tmp_path / "out.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [row["name"] for row in rows] == sorted(path.name for path in folder.iterdir())
    assert rows[3]["reason"] == "not-an-image"


def test_it_is_told_in_words_and_settings_count(folder: Path) -> None:
    told = inspect(folder, "--set", "ingest.duplicates=keep")
    assert told.startswith("4 files: 3 accepted, 0 repaired, 1 quarantined; 0 ignored\n")
    assert "duplicates: 2 files in 1 groups of equal bytes, 1 of them with different" in told


def test_several_sources_are_taken_together(folder: Path) -> None:
    whole = inspect(f"{folder}/2*.jpg", f"{folder}/[34]*.jpg", "--json")
    assert json.loads(whole)["summary"]["listed"] == 4


def test_nothing_there_is_told(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["inspect", f"{tmp_path}/nothing"])
    assert result.exit_code == 2
    assert "nothing is there" in result.output


def test_neither_tensorflow_nor_tfx_is_loaded(folder: Path) -> None:
    program = (
        "import sys; from pipeline.cli import main\n"
        f"main(['inspect', {str(folder)!r}], standalone_mode=False)\n"
        "sys.exit(any(name in sys.modules for name in ('tensorflow', 'tfx', 'apache_beam')))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
