"""A new regression task and a new binary task are in the figures and on the page."""

import json
from pathlib import Path

import pytest

from tests.lanes import only_in
from tests.planted import plant

PROGRAM = """
import json, sys
import numpy as np
from components.fairness.measure.bootstrap import measure
from components.fairness.document import Verdict, make_document
from components.fairness.judge.judgment import judge
from components.fairness.report.page import render_page
from components.fairness.settings import FairnessSettings
from trainer.predictions import Predictions
from trainer.tasks import TASKS, Kind

rng, n = np.random.default_rng(0), 600
labels = {t.label_key: rng.integers(t.minimum, min(t.maximum, 90) + 1, n) for t in TASKS}
outputs = {}
for task in TASKS:
    label = labels[task.label_key]
    if task.kind is Kind.REGRESSION:
        outputs[task.output_key] = (label + rng.normal(0, 3, n))[:, np.newaxis]
    elif task.kind is Kind.BINARY:
        outputs[task.output_key] = np.clip(label + rng.normal(0, 0.4, n), 0, 1)[:, np.newaxis]
    else:
        outputs[task.output_key] = np.eye(len(task.classes))[label] * 0.9 + 0.1 / len(task.classes)
found = Predictions(labels, outputs)
settings = FairnessSettings.model_validate(json.loads(sys.argv[1]))
measured = measure(found, resamples=100)
judgment = judge(measured, None, settings)
verdict = Verdict(not judgment.missed, tuple(judgment.reasons))
document = make_document(found, measured, judgment, verdict, settings)
print(json.dumps([document, render_page(document)]))
"""


@only_in("current", "the fairness of new tasks is tested")
@pytest.mark.slow
@pytest.mark.parametrize(
    ("declaration", "key", "bound", "titles"),
    [
        (
            'Task(name="weight", kind=Kind.REGRESSION, unit="kg", maximum=250, '
            'loss="label_distribution", loss_weight=None)',
            "weight_mae",
            0.5,
            ["Weight: mean error", "Weight: mean error by age band and race"],
        ),
        (
            'Task(name="hat", kind=Kind.BINARY, classes=("bare", "hat"), is_grouping=True)',
            "hat_fnr",
            0.01,
            ["Hat: correct predictions", "Hat errors by group", "Bare misclassified as hat"],
        ),
    ],
)
def test_a_new_task_is_measured_bounded_and_drawn(
    tmp_path: Path, declaration: str, key: str, bound: float, titles: list[str]
) -> None:
    tree = plant(tmp_path / "project", declaration)
    settings = {"groups": {key: {"worst": bound}}}
    document, page = json.loads(tree.run("-c", PROGRAM, json.dumps(settings)))
    found = document["slices"][0]["measures"][key]
    assert found["low"] < found["value"] < found["high"]
    assert {one["measure"] for one in document["missed"]} == {key}
    task = key.partition("_")[0]
    assert document["verdict"]["reasons"][0].partition(": ")[2].startswith(f"{task} ")
    assert [title for title in titles if title not in page] == []
