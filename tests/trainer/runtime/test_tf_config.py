"""The workers that TF_CONFIG names."""

import json

import pytest

from trainer.runtime import tf_config

CHIEF = {"chief": ["a:1"], "worker": ["b:1", "c:1"], "ps": ["d:1"]}
WORKERS = {"worker": ["b:1", "c:1"]}


def describe(monkeypatch: pytest.MonkeyPatch, cluster: dict, kind: str, index: int) -> None:
    config = {"cluster": cluster, "task": {"type": kind, "index": index}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(config))


@pytest.mark.parametrize(
    ("cluster", "kind", "index", "number"),
    [
        (CHIEF, "chief", 0, 0),
        (CHIEF, "worker", 0, 1),
        (CHIEF, "worker", 1, 2),
        (WORKERS, "worker", 0, 0),
        (WORKERS, "worker", 1, 1),
        ({"worker": ["b:1"]}, "worker", 0, 0),
        ({}, "worker", 0, 0),
    ],
)
def test_the_first_worker_is_the_chief(monkeypatch, cluster, kind, index, number) -> None:
    describe(monkeypatch, cluster, kind, index)
    tf_config.check()
    assert tf_config.worker_number() == number
    assert tf_config.is_chief() is (number == 0)


def test_the_chief_comes_first_and_parameter_servers_do_not_count(monkeypatch) -> None:
    describe(monkeypatch, CHIEF, "worker", 0)
    assert tf_config.addresses() == ("a:1", "b:1", "c:1")
    assert tf_config.count_workers() == 3


def test_without_the_variable_there_is_one_worker(monkeypatch) -> None:
    monkeypatch.delenv("TF_CONFIG", raising=False)
    tf_config.check()
    assert (tf_config.count_workers(), tf_config.worker_number()) == (1, 0)


@pytest.mark.parametrize(
    "value",
    [
        "worker",
        "[]",
        '{"cluster": {"worker": ["a", "b"]}, "task": {"type": "worker", "index": 0}}',
        '{"cluster": {"worker": ["a:1", "b:1"]}}',
        '{"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker", "index": 2}}',
        '{"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "ps", "index": 0}}',
    ],
)
def test_an_invalid_description_is_refused(monkeypatch, value: str) -> None:
    monkeypatch.setenv("TF_CONFIG", value)
    with pytest.raises(ValueError, match="TF_CONFIG: expected JSON with the addresses"):
        tf_config.check()
