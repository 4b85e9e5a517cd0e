"""A month of unattended retraining on one machine, with one span a week."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from ml_metadata import MetadataStore
from tfx.orchestration.metadata import sqlite_metadata_connection_config

from components.history.artifact import ENTRY
from tests import month as months
from tests.lanes import only_in
from tests.month import EMPTY, LATE, MEASURED, POISONED, PUSHED, WORSE, Month

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    only_in("legacy", "a month on one machine is tested"),
]

_SPAN = re.compile(r"-span(\d+)-")
_SKIPPED = (
    f"span {LATE} and 1 earlier span arrived late or were skipped: `utkface retrain --span {LATE}` "
    "trains on the newest of them"
)


@dataclass(frozen=True)
class Finished:
    """The results of the weekly `utkface retrain` and the models served after it, by span."""

    root: Path
    ended: dict[int, Any]
    served: dict[int, str]

    def runs(self, utkface) -> list[dict[str, Any]]:
        """Returns the table of runs, oldest first."""
        listed = json.loads(utkface("runs", "--root", self.root, "--json").stdout)
        return sorted(listed, key=lambda run: run["started"])


@pytest.fixture(scope="module")
def month(utkface, tmp_path_factory) -> Finished:
    folder = tmp_path_factory.mktemp("month")
    faces, root = Month(folder / "faces"), folder / "root"
    settings = folder / "settings.yaml"
    settings.write_text(yaml.safe_dump({**faces.settings, "data": faces.data, "root": str(root)}))
    ended, served = {}, {}
    for span in months.SPANS:
        faces.arrive(span)
        if span == WORSE:
            faces.finish(LATE)
        ended[span] = utkface("retrain", "--config", settings)
        served[span] = (root / "serving" / "latest").read_text().strip()
    return Finished(root, ended, served)


def test_only_good_spans_push_a_model(month):
    codes = {span: ended.returncode for span, ended in month.ended.items()}
    expected = {span: 0 for span in months.SPANS} | {POISONED: 4, WORSE: 3}
    assert codes == expected, {span: ended.stderr for span, ended in month.ended.items()}
    assert len(list((month.root / "serving").glob("[0-9]*"))) == len(PUSHED)
    last = month.served[PUSHED[-1]]
    assert month.served == {
        **dict.fromkeys((1, POISONED), month.served[1]),
        **dict.fromkeys((3, EMPTY, LATE), month.served[3]),
        **dict.fromkeys((6, WORSE), last),
    }
    assert len(set(month.served.values())) == len(PUSHED)


def test_each_week_reports_its_outcome(month):
    def told(span: int) -> str:
        return " ".join(month.ended[span].stdout.split())

    poisoned = month.ended[POISONED]
    assert "Stopped by the data gate." in poisoned.stderr and "age band" in poisoned.stderr
    assert f"still serving {month.root}/serving/{month.served[1]}" in told(POISONED)
    assert month.ended[EMPTY].stdout == (
        f"nothing new to train on: span 3 was run: pushed; span {EMPTY} is empty and skipped\n"
    )
    assert told(LATE).startswith("nothing new to train on: span 3 was run: pushed; ")
    assert f"; span {LATE} is not complete yet: " in told(LATE)
    assert told(WORSE).startswith(_SKIPPED)
    assert "gender binary accuracy: expected at least 0.7; found 0." in told(WORSE)
    assert told(WORSE).endswith(f"still serving {month.root}/serving/{month.served[6]}")


def test_each_training_starts_from_the_previously_blessed_model(month):
    before = dict(zip(PUSHED[1:], PUSHED, strict=False)) | {WORSE: PUSHED[-1]}
    for span, expected in before.items():
        warm = re.search(r"warm start from \S+-span(\d+)-", month.ended[span].stdout)
        assert warm and int(warm[1]) == expected
    assert "no warm start: training starts from scratch" in month.ended[1].stdout


def test_the_runs_table_lists_each_outcome(month, utkface):
    assert [(run["span"], run["outcome"]) for run in month.runs(utkface)] == [
        (1, "pushed"),
        (POISONED, "stopped by the data gate"),
        (3, "pushed"),
        (6, "pushed"),
        (WORSE, "not blessed"),
    ]


def test_windows_have_two_spans_and_none_that_the_gate_stopped(month):
    """The lineage records the examples in each window."""
    store = MetadataStore(sqlite_metadata_connection_config(str(month.root / "metadata.db")))
    windows = [
        sorted(map(int, _SPAN.findall(artifact.custom_properties[ENTRY].string_value)))
        for artifact in store.get_artifacts_by_type("Examples")
        if artifact.uri.startswith(str(month.root / "artifacts" / "SpanWindow"))
    ]
    assert windows == [[1], [1, 3], [3, 6], [6, WORSE]]


def test_the_fairness_report_shows_the_trend(month):
    reports = sorted(month.root.glob("artifacts/FairnessReport/figures/*/figures.json"))
    newest = max(reports, key=lambda path: int(path.parent.name))
    figures = json.loads(newest.read_text())
    trend = [(one["span"], one["blessed"]) for one in figures["trend"]]
    assert trend == [(span, span in PUSHED) for span in MEASURED]
    assert f"-span{PUSHED[-1]}-" in figures["verdict"]["blessed_before"]
    assert figures["changes"]
    page = (newest.parent / "fairness.html").read_text()
    assert "<h2>Trend</h2>" in page and f"The last {len(MEASURED)} measured models" in page


def test_a_week_without_new_data_prints_one_line(month, utkface):
    """This also holds after a model that was not blessed; late spans train only on request."""
    ended = utkface("retrain", "--config", month.root.parent / "settings.yaml")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == (
        f"nothing new to train on: span {WORSE} was run: not blessed; {_SKIPPED}\n"
    )
