"""Attempts at a training: the chief replaces lost ones, and the other workers follow."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from tfx import v1 as tfx

from trainer.workers import chief, worker
from trainer.workers.process import NoWorkersError, WorkerLostError
from trainer.workers.request import Request, read_request

CLUSTER = {"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker", "index": 0}}


@pytest.fixture(autouse=True)
def _cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_CONFIG", json.dumps(CLUSTER))


@pytest.fixture
def fn_args(tmp_path: Path) -> tfx.components.FnArgs:
    return tfx.components.FnArgs(
        train_files=["/train/*"],
        eval_files=["/eval/*"],
        transform_graph_path="/graph",
        serving_model_dir="/serving",
        model_run_dir="/run",
        custom_config={"checkpoints": str(tmp_path), "workers_timeout_minutes": 2.0},
    )


class Trainings:
    """Stands in for trainer.workers.process.train: ends each attempt as listed."""

    def __init__(self, folder: Path, *ends: Exception | None):
        self.folder = folder
        self.ends = list(ends)
        self.requests: list[Request] = []
        self.options: list[dict[str, Any]] = []

    def __call__(self, request: Request, **options: Any) -> None:
        assert read_request(str(self.folder)) == request
        self.requests.append(request)
        self.options.append(options)
        end = self.ends.pop(0)
        if isinstance(end, str):
            options["on_epoch"]()
            end = WorkerLostError(end)
        if end:
            raise end


@pytest.fixture
def train(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    def replace(*ends: Any) -> Trainings:
        trainings = Trainings(tmp_path, *ends)
        monkeypatch.setattr(chief, "train", trainings)
        return trainings

    return replace


def test_the_request_has_the_arguments_of_the_training_and_ends_with_it(train, fn_args) -> None:
    trainings = train(None)
    chief.run_fn(fn_args, prepare="module:function")
    (request,) = trainings.requests
    assert request.fn_args() == fn_args
    assert trainings.options[0]["join_seconds"] == 120
    assert trainings.options[0]["prepare"] == "module:function"
    assert read_request(str(trainings.folder)) is None


def test_a_lost_worker_ends_an_attempt_and_not_the_training(train, fn_args, caplog) -> None:
    caplog.set_level(logging.INFO)
    trainings = train(WorkerLostError("gone"), None)
    chief.run_fn(fn_args)
    first, second = trainings.requests
    assert first.attempt != second.attempt and first.arguments == second.arguments
    assert "lost a worker: gone. Training continues from the last checkpoint" in caplog.text
    assert "waiting for the other workers: b:1" in caplog.text


def test_losses_without_an_epoch_in_between_end_the_training(train, fn_args) -> None:
    # A string: lost after an epoch.
    trainings = train(*[WorkerLostError("a")] * 2, "b", "c", *[WorkerLostError("d")] * 2)
    with pytest.raises(WorkerLostError, match=r"3 times in a row, at last: d.*on b:1.*continues"):
        chief.run_fn(fn_args)
    assert trainings.ends == [] and read_request(str(trainings.folder)) is None


def test_workers_that_do_not_join_are_named(train, fn_args) -> None:
    train(TimeoutError())
    with pytest.raises(NoWorkersError, match=r"within 2 minutes.*Not all of b:1 did\. Start `utk"):
        chief.run_fn(fn_args)


def test_an_error_of_the_training_is_raised(train, fn_args) -> None:
    train(ValueError("wrong"))
    with pytest.raises(ValueError, match="wrong"):
        chief.run_fn(fn_args)


def test_several_workers_need_a_folder_for_checkpoints(fn_args) -> None:
    fn_args.custom_config["checkpoints"] = ""
    with pytest.raises(ValueError, match="Expected a folder for checkpoints"):
        chief.run_fn(fn_args)


def test_a_worker_joins_each_attempt_once_until_one_ends(monkeypatch, tmp_path, fn_args) -> None:
    joined = []
    requests = [Request.of(fn_args) for _ in range(2)]

    def attempt(request: Request, *, prepare: str, output: str, is_superseded: Any) -> None:
        assert (prepare, output) == ("module:function", "log")
        joined.append(request)
        if request == requests[0]:
            assert not is_superseded()
            requests[1].write(str(tmp_path))
            assert is_superseded()
            raise WorkerLostError("the chief has started again")

    waits = []

    def sleep(_: float) -> None:
        waits.append(len(joined))
        requests[0].write(str(tmp_path))

    monkeypatch.setattr(worker, "train", attempt)
    monkeypatch.setattr(worker.time, "sleep", sleep)
    worker.join_training(str(tmp_path), prepare="module:function", output="log")
    assert joined == requests
    assert waits == [0]
