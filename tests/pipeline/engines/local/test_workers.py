"""Runs with several workers: what is refused before anything runs."""

import json
import os

import pytest

from components.errors import InputError
from pipeline.engines.local.workers import check_workers, work
from pipeline.settings.config import load_config


@pytest.fixture
def task(monkeypatch):
    def describe(index: int, *, workers: int = 2) -> None:
        cluster = {"worker": [f"host-{number}:5000" for number in range(workers)]}
        config = {"cluster": cluster, "task": {"type": "worker", "index": index}}
        monkeypatch.setenv("TF_CONFIG", json.dumps(config))

    return describe


def config(**trainer: object):
    return load_config(data="faces", root="/shared/root", trainer=trainer)


def test_the_chief_runs_and_leaves_memory_of_the_gpus(task, monkeypatch) -> None:
    # Restores what the check sets.
    monkeypatch.setenv("TF_FORCE_GPU_ALLOW_GROWTH", "")
    monkeypatch.delenv("TF_FORCE_GPU_ALLOW_GROWTH")
    task(0)
    check_workers(config())
    assert os.environ["TF_FORCE_GPU_ALLOW_GROWTH"] == "true"


def test_another_worker_is_told_its_command(task) -> None:
    task(1)
    with pytest.raises(
        InputError, match=r"this is worker 1 of 2.*`utkface worker --root /shared/r"
    ):
        check_workers(config())


@pytest.mark.parametrize(
    ("trainer", "message"),
    [
        ({"batch_size": 5}, r"trainer\.batch_size: expected at least 6.*found 5"),
        ({"jit_compile": True}, r"trainer\.jit_compile: expected false with several workers"),
    ],
)
def test_settings_that_do_not_suit_several_workers_are_refused(task, trainer, message) -> None:
    task(0, workers=3)
    with pytest.raises(InputError, match=message):
        check_workers(config(**trainer))
    task(0, workers=1)
    check_workers(config(**trainer))


def test_artifacts_on_a_store_are_refused_with_several_workers(task) -> None:
    stored = config().model_copy(update={"artifacts": "s3://bucket/faces"})
    task(0, workers=3)
    with pytest.raises(InputError, match="artifacts: expected null with several workers"):
        check_workers(stored)
    task(0, workers=1)
    check_workers(stored)


def test_an_invalid_cluster_is_refused(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("TF_CONFIG", "{")
    for refused in (lambda: check_workers(config()), lambda: work(tmp_path)):
        with pytest.raises(InputError, match="TF_CONFIG: expected JSON"):
            refused()


def test_the_chief_and_a_single_worker_do_not_join(task, monkeypatch, tmp_path) -> None:
    task(0)
    with pytest.raises(InputError, match="found the chief"):
        work(tmp_path)
    monkeypatch.delenv("TF_CONFIG")
    with pytest.raises(InputError, match="found a single worker"):
        work(tmp_path)


def test_a_worker_needs_a_root_that_it_can_write_to(task, tmp_path) -> None:
    task(1)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="file: expected a writable folder; Not a directory"):
        work(tmp_path / "file")
