"""What became of runs, as their metadata has it."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from ml_metadata.proto import metadata_store_pb2 as mlmd

from components.errors import InputError
from pipeline.cli import main
from pipeline.root.run_history import find_run, list_runs
from tests.pipeline.recorded import Root

TITLE = "Black, female: gender accuracy"
REASON = f"{TITLE}: expected at least 0.6; found 0.41"


@pytest.fixture
def root(tmp_path: Path) -> Root:
    made = Root(tmp_path)
    examples = {"examples": {"span": 3}}
    made.run("20260101-1", {**examples, "report": {"verdict": "stop"}})
    made.run("20260102-2", {"examples": {"span": 4}, "report": {"verdict": "warn"}})
    refused = {
        "figures": {"missed": 1, "first_reason": REASON, "first_reason_title": TITLE},
        "pushed_model": {"pushed": 0},
    }
    made.run("20260103-3", {"examples": {"span": 5}, "report": {"verdict": "pass"}, **refused})
    made.measured("20260103-3", age_mae=7.25, gender_accuracy=0.81, race_accuracy=None)
    accepted = {"verdict": "stop", "accepted_because": "a census"}
    pushed = {"figures": {"missed": 0}, "pushed_model": {"pushed": 1}}
    made.run("20260104-4", {"examples": {"span": 6}, "report": accepted, **pushed})
    made.measured("20260104-4", age_mae=5.0, gender_accuracy=0.9, race_accuracy=0.8)
    return made


def test_each_run_has_its_outcome_the_newest_first(root: Root) -> None:
    runs = list_runs(root.path)
    assert [(run.run, run.span, run.outcome) for run in runs] == [
        ("20260104-4", 6, "pushed"),
        ("20260103-3", 5, "not blessed"),
        ("20260102-2", 4, "did not finish"),
        ("20260101-1", 3, "stopped by the data gate"),
    ]
    assert [run.reason for run in runs] == ["", REASON, "", ""]
    assert runs[0].metrics == {"age_mae": 5.0, "gender_accuracy": 0.9, "race_accuracy": 0.8}
    # What is not defined is left out.
    assert runs[1].metrics == {"age_mae": 7.25, "gender_accuracy": 0.81}
    assert runs[2].metrics == {} and runs[2].figures is None
    assert all(run.started.utcoffset().total_seconds() == 0 for run in runs)


def test_what_an_accepted_stop_left_unfinished_was_not_stopped_by_the_gate(root: Root) -> None:
    accepted = {"verdict": "stop", "accepted_because": "a census"}
    root.run("20260105-5", {"report": accepted})
    assert list_runs(root.path)[0].outcome == "did not finish"


def test_what_a_component_that_failed_left_does_not_count(root: Root) -> None:
    root.run("20260106-6", {"pushed_model": {"pushed": 1}}, state=mlmd.Execution.FAILED)
    newest = list_runs(root.path)[0]
    assert (newest.run, newest.outcome, newest.span) == ("20260106-6", "did not finish", None)


@pytest.mark.parametrize("pushed", [0, 1])
def test_a_run_that_was_killed_before_its_model_was_recorded_did_not_finish(
    root: Root, pushed: int
) -> None:
    outputs = {"examples": {"span": 9}, "pushed_model": {"pushed": pushed}}
    root.run("20260106-6", outputs, recorded=False)
    newest = list_runs(root.path)[0]
    assert (newest.run, newest.outcome, newest.span) == ("20260106-6", "did not finish", 9)


def test_a_run_is_found_by_the_beginning_of_its_name(root: Root) -> None:
    assert find_run(root.path, None).run == "20260104-4"
    assert find_run(root.path, "20260103").run == "20260103-3"
    with pytest.raises(InputError, match=r"starts with '2026'; found 4\. `utkface runs --root"):
        find_run(root.path, "2026")
    with pytest.raises(InputError, match="starts with '1'; found 0"):
        find_run(root.path, "1")
    with pytest.raises(InputError, match="measured a model; 20260101-1 stopped by the data gate"):
        find_run(root.path, "20260101-1")


def test_a_root_without_a_measured_run_says_what_to_do(tmp_path: Path) -> None:
    Root(tmp_path).run("20260101-1", {"report": {"verdict": "stop"}})
    with pytest.raises(InputError, match=f"Run `utkface run --data PATH --root {tmp_path}` first."):
        find_run(tmp_path, None)


def test_the_command_prints_a_table_and_json(root: Root) -> None:
    told = CliRunner(env={"COLUMNS": "200"}).invoke(main, ["runs", "--root", str(root.path)])
    assert told.exit_code == 0, told.output
    rows = [line.split() for line in told.output.splitlines() if line.strip().startswith("2026")]
    assert [row[0] for row in rows] == [run.run for run in list_runs(root.path)]
    assert rows[0][3:] == ["6", "pushed", "5.0", "90%", "80%"]
    assert "not blessed: Black, female: gender accuracy " in told.output
    as_json = CliRunner().invoke(main, ["runs", "--root", str(root.path), "--json"])
    found = json.loads(as_json.output)
    assert [run["run"] for run in found] == [run.run for run in list_runs(root.path)]
    assert found[1]["reason"] == REASON and found[1]["started"].endswith("+00:00")


def test_a_root_that_was_moved_has_its_own_figures(root: Root, tmp_path_factory) -> None:
    moved = tmp_path_factory.mktemp("elsewhere") / "moved"
    shutil.copytree(root.path, moved)
    shutil.rmtree(root.path / "artifacts")
    newest = list_runs(moved)[0]
    assert newest.metrics == {"age_mae": 5.0, "gender_accuracy": 0.9, "race_accuracy": 0.8}
    assert newest.figures == str(moved / "artifacts/20260104-4/figures/figures.json")
    assert find_run(moved, None).run == "20260104-4"
    # The root it came from has lost them.
    assert list_runs(root.path)[0].figures is None


def test_a_copy_reads_its_own_figures_and_not_those_of_the_original(
    root: Root, tmp_path_factory
) -> None:
    copy = tmp_path_factory.mktemp("elsewhere") / "copy"
    shutil.copytree(root.path, copy)
    root.measured("20260104-4", age_mae=99.0, gender_accuracy=0.1, race_accuracy=0.1)
    assert list_runs(copy)[0].metrics["age_mae"] == 5.0
    assert list_runs(root.path)[0].metrics["age_mae"] == 99.0


def test_a_root_that_is_none_is_bad_usage(tmp_path: Path) -> None:
    ended = CliRunner().invoke(main, ["runs", "--root", str(tmp_path)])
    assert ended.exit_code == 2
    assert f"{tmp_path}/metadata.db: expected the metadata of a run; there is none." in ended.output
    (tmp_path / "metadata.db").write_text("no database")
    ended = CliRunner().invoke(main, ["runs", "--root", str(tmp_path)])
    assert ended.exit_code == 2 and "SQLite cannot read the file" in ended.output
