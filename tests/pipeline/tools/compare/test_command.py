"""`utkface compare`: what is refused, and how it ends."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from components.errors import InputError
from pipeline.cli import main
from pipeline.tools.compare import comparison, trainings
from pipeline.tools.compare.child import ChildError
from pipeline.tools.compare.splits import Splits
from trainer.measuring import json_values


def compare(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["compare", *map(str, arguments)], env={"COLUMNS": "100"})


def mistake(ended: Result) -> str:
    assert ended.exit_code == 2
    return ended.output.partition("Error: ")[2].strip()


def test_mistakes_are_told_before_anything_is_done(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert mistake(compare("compact", "--output", out, "--set", "trainer.epochs=0")) == (
        "compact: epochs: Input should be greater than or equal to 1; found 0"
    )
    assert "expected each seed once" in mistake(
        compare("compact", "--output", out, "--seeds", "1,1")
    )
    assert "'train' is not one of 'eval', 'test'" in mistake(
        compare("compact", "--output", out, "--split", "train")
    )
    assert mistake(compare("compact", "--output", out, "--root", tmp_path)).endswith(
        f"Run `utkface run --data PATH --root {tmp_path}` first."
    )
    assert not out.exists()


@pytest.fixture
def stand_in(monkeypatch, result):
    """Stands for the run and the processes; the seed 13 brings bad luck."""

    def run_child(module, request, path, **_):
        if module == "trainer.measuring.data:describe_data":
            return {"training": "1", "measured": "2", "code": "3"}
        if request["settings"]["seed"] == 13:
            raise ChildError("ValueError: of seed 13\nThe log is here.log")
        path.parent.mkdir(parents=True)
        found = result(age_mae=float(request["settings"]["seed"]), key=request["key"])
        json_values.write(path, found)
        return found

    monkeypatch.setattr(comparison, "find_splits", lambda root, split: Splits(*"abcd"))
    for module in (comparison, trainings):
        monkeypatch.setattr(module, "run_child", run_child)


def test_the_files_are_written_and_the_table_is_shown(stand_in, tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    ended = compare("compact", "seed", "--output", out, "--seeds", "4,8")
    assert ended.exit_code == 0, ended.output
    assert ended.output.splitlines()[-1] == f"4 of 4 measured now, 0 failed; results in {out}"
    assert "±2.83" in ended.output
    assert {path.name for path in out.iterdir()} == {
        *("comparison-eval.json", "comparison-eval.md", "comparison-eval.svg", "trainings")
    }
    document = json_values.read(out / "comparison-eval.json")
    assert [row["age_mae"]["values"] for row in document["configs"]] == [[4.0, 8.0]] * 2
    assert document["files"]["examples"] == "d"
    assert "reading the examples at a, b, d" in ended.output
    places = document["results"]
    assert len(places) == 4
    assert json_values.read(out / places["seed, seed 8"])["metrics"]["age_mae"] == 8.0
    # Once more: nothing is left to do.
    ended = compare("compact", "seed", "--output", out, "--seeds", "4,8")
    assert ended.exit_code == 0
    assert f"0 of 4 measured now, 0 failed; results in {out}" in ended.output


def test_a_training_that_failed_ends_in_1_with_the_others_compared(stand_in, tmp_path) -> None:
    ended = compare("compact", "seed", "--output", tmp_path / "out", "--seeds", "13,1")
    assert ended.exit_code == 1
    assert "Failed: compact, seed 13: ValueError: of seed 13" in ended.output
    assert "2 of 4 measured now, 2 failed" in ended.output
    document = json_values.read(tmp_path / "out" / "comparison-eval.json")
    assert document["failed"] == ["compact, seed 13", "seed, seed 13"]
    assert sorted(document["results"]) == ["compact, seed 1", "seed, seed 1"]
    assert [row["seeds"] for row in document["configs"]] == [[1], [1]]


def test_no_table_is_made_of_nothing(stand_in, tmp_path: Path) -> None:
    ended = compare("compact", "--output", tmp_path / "out", "--seeds", "13")
    assert ended.exit_code == 1
    assert "0 of 1 measured now, 1 failed" in ended.output
    assert not (tmp_path / "out" / "comparison-eval.json").exists()


def test_the_folder_of_something_else_is_left_alone(stand_in, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()
    assert mistake(compare("compact", "--output", tmp_path)) == (
        f"{tmp_path}: expected an empty folder, or the folder of an earlier comparison; it "
        "contains mine.txt. Choose another --output."
    )
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_two_comparisons_in_one_folder_are_one_too_many(stand_in, tmp_path: Path) -> None:
    with comparison._lock_folder(tmp_path):
        problem = mistake(compare("compact", "--output", tmp_path))
    assert problem.startswith(f"{tmp_path}: expected no other comparison in this folder; ")


def test_data_that_cannot_be_read_are_told(monkeypatch, stand_in, tmp_path: Path) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ChildError("DataLossError: corrupted record at 0\nThe log is here.log")

    monkeypatch.setattr(comparison, "run_child", fail)
    ended = compare("compact", "--output", tmp_path / "out")
    assert ended.exit_code == 1
    assert "Error: DataLossError: corrupted record at 0" in ended.output


def test_the_log_of_data_that_cannot_be_read_is_kept(monkeypatch, tmp_path: Path) -> None:
    (tmp_path / "part.gz").write_bytes(b"no records")
    splits = Splits(str(tmp_path / "part.gz"), str(tmp_path / "part.gz"), "c", "d")
    monkeypatch.setattr(comparison, "find_splits", lambda root, split: splits)
    ended = compare("compact", "--output", tmp_path / "out")
    assert ended.exit_code == 1
    assert f"reading the examples at {tmp_path}/part.gz" in ended.output
    assert "Error: DataLossError" in ended.output
    log = Path(ended.output.partition("The log is ")[2].strip())
    assert "DataLossError" in log.read_text()


def test_input_errors_are_bad_usage(monkeypatch, tmp_path: Path) -> None:
    def fail(root: Path, split: str) -> None:
        raise InputError("no such run")

    monkeypatch.setattr(comparison, "find_splits", fail)
    assert mistake(compare("compact", "--output", tmp_path / "out")) == "no such run"
