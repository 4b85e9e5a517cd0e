"""What is trained, what is kept, and what becomes of a training that fails."""

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from pipeline.tools.compare import trainings
from pipeline.tools.compare.candidates import Candidate, load_candidates
from pipeline.tools.compare.child import ChildError
from pipeline.tools.compare.splits import Splits
from trainer.measuring import json_values

SPLITS = Splits("train/*", "eval/*", "graph", "raw/*")
DIGESTS = {"training": "1", "measured": "2", "code": "3"}


def plan(output: Path, names=("compact", "seed"), seeds=(1, 2), split="eval", **digests: str):
    candidates = [one if isinstance(one, Candidate) else load_candidates([one])[0] for one in names]
    return trainings.plan(candidates, seeds, SPLITS, split, {**DIGESTS, **digests}, output)


class Trainer:
    """Stands for the processes: notes what is asked for, and fails where told to."""

    def __init__(self, result: Any):
        self._result = result
        self.asked: list[tuple[str, int]] = []
        self.fails = False

    def __call__(self, module: str, request: Any, path: Path, **_: object) -> Any:
        assert module == "trainer.measuring.measure:measure"
        settings = request["settings"]
        self.asked.append((settings["architecture"], settings["seed"]))
        if self.fails and self.asked[-1] == ("seed", 1):
            raise ChildError("DivergenceError: the loss is nan\nThe log is here.log")
        path.parent.mkdir(parents=True, exist_ok=True)
        json_values.write(path, self._result(key=request["key"]))
        return json_values.read(path)


@pytest.fixture
def train(monkeypatch, result):
    """Trains tasks without training, and returns what came of it and what was asked for."""
    trainer = Trainer(result)
    monkeypatch.setattr(trainings, "run_child", trainer)

    def run(tasks, fails: bool = False):
        trainer.asked, trainer.fails = [], fails
        shown = io.StringIO()
        trained = trainings.train(tasks, Console(file=shown, width=40))
        return trained, trainer.asked, shown.getvalue().splitlines()

    return run


def test_each_candidate_is_trained_with_a_seed_before_any_with_the_next(tmp_path, train):
    trained, asked, lines = train(plan(tmp_path))
    assert asked == [("compact", 1), ("seed", 1), ("compact", 2), ("seed", 2)]
    assert lines == [
        *("1 of 4: compact, seed 1", "2 of 4: seed, seed 1"),
        *("3 of 4: compact, seed 2", "4 of 4: seed, seed 2"),
    ]
    assert {name: list(found) for name, found in trained.results.items()} == {
        "compact": [1, 2],
        "seed": [1, 2],
    }
    assert (trained.failed, trained.trained) == ((), 4)


def test_a_request_has_all_that_the_process_needs(tmp_path):
    (task,) = plan(tmp_path, ["seed"], [7])
    assert task.request["settings"]["architecture"] == "seed"
    assert task.request["settings"]["seed"] == 7
    assert task.request["train_files"] == ["train/*"]
    assert task.request["eval_files"] == ["eval/*"]
    assert task.request["examples"] == ["raw/*"]
    assert task.request["transform_graph"] == "graph"
    assert (task.request["code"], task.request["split"]) == ("3", "eval")
    assert task.folder == Path(task.request["folder"]) == task.result.parent
    assert task.folder.parent == tmp_path / "trainings"
    assert task.folder.name.startswith("seed-seed7-")


def test_only_what_is_missing_is_trained(tmp_path, train):
    train(plan(tmp_path))
    trained, asked, lines = train(plan(tmp_path, ["compact", "shared", "seed"], [2, 3]))
    assert asked == [("shared", 2), ("compact", 3), ("shared", 3), ("seed", 3)]
    assert lines[:3] == ["kept compact, seed 2", "2 of 6: shared, seed 2", "kept seed, seed 2"]
    assert trained.trained == 4
    assert all(list(found) == [2, 3] for found in trained.results.values())
    assert train(plan(tmp_path))[1] == []


@pytest.mark.parametrize("changed", ["training", "measured"])
def test_a_result_of_other_data_or_code_is_none(tmp_path, train, changed):
    train(plan(tmp_path, ["seed"], [1]))
    (before,) = plan(tmp_path, ["seed"], [1])
    (after,) = plan(tmp_path, ["seed"], [1], **{changed: "other"})
    assert train([after])[1] == [("seed", 1)]
    # A training of other data is another; only measured anew it is the same.
    assert (after.folder == before.folder) == (changed == "measured")


def test_half_a_result_is_none(tmp_path, train):
    (task,) = plan(tmp_path, ["seed"], [1])
    train([task])
    task.result.write_text(task.result.read_text()[:100])
    assert train([task])[1] == [("seed", 1)]


def test_the_splits_have_results_of_their_own_and_the_training_is_the_same(tmp_path):
    (of_eval,), (of_test,) = (
        plan(tmp_path, ["seed"], [1], split=split, measured=split) for split in ("eval", "test")
    )
    assert of_eval.folder == of_test.folder
    assert of_eval.result.name == "result-eval.json" != of_test.result.name


def test_equal_settings_under_another_name_are_not_trained_again(tmp_path, train):
    twin = Candidate("twin", load_candidates(["seed"])[0].settings)
    both, asked, _ = train(plan(tmp_path, ["seed", twin], [1]))
    assert asked == [("seed", 1)] and list(both.results) == ["seed", "twin"]
    assert train(plan(tmp_path, [twin], [1]))[1] == []


def test_a_training_that_fails_is_told_and_the_others_go_on(tmp_path, train):
    trained, asked, lines = train(plan(tmp_path), fails=True)
    assert len(asked) == 4
    assert "Failed: seed, seed 1: DivergenceError: the loss is nan" in lines
    assert "The log is here.log" in lines
    assert trained.failed == ("seed, seed 1",)
    assert list(trained.results["seed"]) == [2]
    # It is tried again.
    assert train(plan(tmp_path))[1] == [("seed", 1)]
