"""`utkface inspect`: how a run would treat each file, in seconds and without TensorFlow."""

import contextlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli import main


@pytest.fixture
def folder(faces: Path, tmp_path: Path) -> Path:
    """Two images, the first stored under two ages, and a file that is not an image."""
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
    assert result.exit_code in (0, 2), result.output
    return result.output


def test_json_contains_the_whole_summary(folder: Path) -> None:
    summary = json.loads(inspect(folder, "--json"))["summary"]
    counts = ("listed", "accepted", "repaired", "quarantined", "ignored")
    assert [summary[key] for key in counts] == [4, 1, 0, 3, 0]
    assert summary["by_reason"] == {"label-conflict": 2, "not-an-image": 1}
    assert summary["duplicates"]["mean_age_difference"] == 4.0
    assert summary["distributions"]["race"]["Black"] == 1


def test_the_ledger_lists_files_relative_to_their_source(folder: Path, tmp_path: Path) -> None:
    inspect(folder, "--ledger", tmp_path / "out.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [row["name"] for row in rows] == sorted(path.name for path in folder.iterdir())
    assert rows[3]["reason"] == "not-an-image"


def test_text_output_reports_counts_and_applies_settings(folder: Path) -> None:
    told = inspect(folder, "--set", "ingest.duplicates=keep")
    assert told.startswith("4 files: 3 accepted, 0 repaired, 1 quarantined; 0 ignored\n")
    assert (
        "duplicates: 2 files in 1 groups of equal bytes, 1 of them with different labels (ages "
        "differ by 4.0 years); 0 files in 0 groups that look alike\n"
    ) in told


def test_several_sources_are_inspected_together(folder: Path) -> None:
    whole = inspect(f"{folder}/2*.jpg", f"{folder}/[34]*.jpg", "--json")
    assert json.loads(whole)["summary"]["listed"] == 4


def test_a_missing_path_is_reported(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["inspect", f"{tmp_path}/nothing"])
    assert result.exit_code == 2
    assert "found nothing" in result.output


@pytest.mark.parametrize("page", [False, True])
def test_neither_tensorflow_nor_tfx_is_loaded(folder: Path, tmp_path: Path, page: bool) -> None:
    more = ["--html", str(tmp_path / "page.html")] if page else []
    program = (
        "import sys; from pipeline.cli import main\n"
        f"main(['inspect', {str(folder)!r}, *{more}], standalone_mode=False)\n"
        "sys.exit(any(name in sys.modules for name in ('tensorflow', 'tfx')))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_page_and_the_ledger_are_written_alongside_json(folder: Path, tmp_path: Path) -> None:
    out, ledger = tmp_path / "page.html", tmp_path / "out.jsonl"
    told = inspect(folder, "--json", "--html", out, "--ledger", ledger)
    assert json.loads(told)["summary"]["listed"] == 4
    assert out.read_text().startswith("<!DOCTYPE html>")
    assert len(ledger.read_text().splitlines()) == 4
    inspect(folder, "--html", out)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "out.jsonl", "page.html"]


@pytest.mark.parametrize("option", ["--html", "--ledger"])
def test_an_invalid_output_path_is_refused_before_any_file_is_read(
    folder: Path, tmp_path: Path, option: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a file was looked at")

    monkeypatch.setattr("components.ingest.steps.reading.examine", refuse)
    for out, message in (
        (tmp_path / "new" / "out", f"{tmp_path}/new is not a folder. Create it first."),
        (folder / "out", f"expected a path outside {folder}"),
    ):
        result = CliRunner().invoke(main, ["inspect", str(folder), option, str(out)])
        assert result.exit_code == 2
        assert message in " ".join(result.output.split())


def test_progress_is_shown_only_on_a_terminal(folder: Path) -> None:
    command = [sys.executable, "-c", "from pipeline.cli import main; main()", "inspect", folder]
    quiet = subprocess.run(command, capture_output=True, check=False)
    assert quiet.stderr == b""
    ours, theirs = os.openpty()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        # A terminal ends with an error once nobody can write to it.
        with os.fdopen(ours, "rb", buffering=0) as terminal, contextlib.suppress(OSError):
            while block := terminal.read(1 << 16):
                shown += block
        stdout, _ = process.communicate()
    assert b"4 files examined" in shown
    assert stdout == quiet.stdout


def test_zip_paths_with_backslashes_are_read_like_slashes(folder: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "f.zip", "w") as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, f"UTKFace\\{path.name}")
    summaries = [
        {**json.loads(inspect(data, "--json"))["summary"], "first_bad": ""}
        for data in (folder, tmp_path / "f.zip", f"{tmp_path}/f.zip!/UTKFace")
    ]
    assert summaries[0]["by_reason"] == {"label-conflict": 2, "not-an-image": 1}
    assert summaries == summaries[:1] * 3


REFUSED = (
    "A run would reject these files, with exit code 2: Expected at most 5.0% of the files to be "
    "quarantined, duplicates not counted; of 4 listed files 1 can be used and 3 are quarantined: "
    "label-conflict 2, not-an-image 1. The first is '20_0_0_20170109142408001.jpg': "
    "label-conflict, expected one label for one image; found 2 in files with the same bytes, "
    "such as '20_0_0_20170109142408001.jpg'. Fix the source, or raise ingest.max_bad_fraction."
)


def test_inspect_reports_whether_a_run_would_reject_the_files(folder: Path, faces: Path) -> None:
    result = CliRunner().invoke(main, ["inspect", str(folder)])
    assert (result.exit_code, result.output.splitlines()[-1]) == (2, REFUSED)
    result = CliRunner().invoke(main, ["inspect", str(folder), "--json"])
    assert result.exit_code == 2
    assert REFUSED.endswith(json.loads(result.output)["refusal"])
    result = CliRunner().invoke(main, ["inspect", str(faces)])
    assert (result.exit_code, result.output.splitlines()[-1]) == (
        0,
        "A run would ingest these files. Later steps, such as the data gate, are not checked here.",
    )
    result = CliRunner().invoke(main, ["inspect", str(faces), "--json"])
    assert (result.exit_code, json.loads(result.output)["refusal"]) == (0, "")


def test_an_empty_split_is_rejected(folder: Path) -> None:
    result = CliRunner().invoke(
        main, ["inspect", f"{folder}/30*", "--set", "ingest.max_bad_fraction=1"]
    )
    assert result.exit_code == 2
    assert "Expected examples in each split; found none in " in result.output


def test_no_usable_file_reports_an_example_and_the_expected_names(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "face one.jpg").write_bytes(b"x")
    result = CliRunner().invoke(main, ["inspect", f"{tmp_path}/data"])
    assert result.exit_code == 2
    assert result.output.splitlines()[-1].endswith(
        "Expected files named [age]_[gender]_[race]_[yyyymmddHHMMSSFFF].jpg.chip.jpg, in a folder "
        "or in a .zip, .tar, .tar.gz, .tar.bz2, .tar.xz or .tar.zst archive; of 1 listed files 0 "
        "can be used and 1 are quarantined: name-grammar 1. The first is 'face one.jpg': "
        "name-grammar, expected a name like [age]_[gender]_[race]_[yyyymmddHHMMSSFFF].jpg.chip.jpg;"
        " found 'face one.jpg'."
    )


@pytest.fixture
def spans(faces: Path, tmp_path: Path) -> Path:
    for number, path in enumerate(sorted(faces.iterdir())[:6]):
        folder = tmp_path / "spans" / ("2026-09" if number < 2 else "2026-10")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / path.name).write_bytes(path.read_bytes())
    return tmp_path / "spans"


def test_inspect_reads_the_span_that_a_run_would_use(spans: Path) -> None:
    path = f"{spans}/{{YYYY}}-{{MM}}"
    assert inspect(path).startswith("span 2026-10\n4 files: 4 accepted")
    told = json.loads(inspect(path, "--json", "--set", "span=2026-09"))
    assert (told["span"], told["summary"]["listed"]) == ("2026-09", 2)
    result = CliRunner().invoke(main, ["inspect", path, "--set", "span=2026-08"])
    assert result.exit_code == 2
    assert "expected span 2026-08; found 2026-09, 2026-10" in " ".join(result.output.split())


def test_a_folder_that_is_not_a_span_is_refused(spans: Path) -> None:
    (spans / "notes").mkdir()
    result = CliRunner().invoke(main, ["inspect", f"{spans}/{{SPAN}}"])
    assert result.exit_code == 2
    assert "expected a number in place of {SPAN}; found" in " ".join(result.output.split())
