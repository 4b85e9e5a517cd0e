"""Made-up results of trainings."""

from typing import Any

import pytest


def _result(
    age_mae: float = 7.0,
    *,
    grown: float | None = 0.9,
    cpu_seconds: float = 100.0,
    **changes: Any,
) -> dict[str, Any]:
    return {
        "key": "of this data",
        "architecture": "compact",
        "settings": {"epochs": 2, "augmentation.method": "none"},
        "split": "eval",
        "examples": 980,
        "examples_older": {"gender": 700},
        "metrics": {
            "age_mae": age_mae,
            "gender_accuracy": 0.82,
            "gender_accuracy_15_and_older": grown,
            "race_accuracy": 0.76,
        },
        "baseline": {"race": {"class": "White", "accuracy": 0.5355}},
        "parameters": 1_234_567,
        "flops": 41_234_567,
        "seconds": 60.4,
        "cpu_seconds": cpu_seconds,
        "processes": 1,
        "machine": {
            "device": "CPU",
            "cpus": 2,
            "python": "3.10.13",
            "tensorflow": "2.16.2",
            "keras": "3.12.0",
        },
        **changes,
    }


@pytest.fixture
def result():
    """Creates a result in the format of trainer.measuring.measure."""
    return _result
