"""The gate's page and findings, with names from hostile data and with damaged files."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.data_gate import finding as facts
from components.data_gate.artifact import FINDINGS_FILE, GateReport
from components.data_gate.finding import Finding, Level
from components.data_gate.page import render_page
from components.data_gate.report import read_findings, read_warnings, write_findings
from components.data_gate.slice_statistics import ALL, Numbers, Slice
from components.data_gate.wording import format_line
from components.errors import InputError
from components.html.visible import visible_text
from tests.hostile_documents import TEXTS, changed, check_page


def found(text: str, level: Level = Level.STOP) -> list[Finding]:
    """Returns findings that have a text from the data wherever they may have one."""
    anomaly = facts.Anomaly(f"b{text}", f"c{text}", None, (f"d{text}",))
    unknown = facts.UnknownLabel(f"e{text}", 3, 10, f"f{text}")
    return [
        Finding(level=level, check="schema", where="train", feature=f"a{text}", facts=anomaly),
        Finding(level=level, check="labels", where="files", feature="race", facts=unknown),
        Finding(
            level=level, check="cells", where="train", slice=f"g{text}", found=0.0, limit=10**15
        ),
        Finding(
            level=level,
            check="slices",
            where="train",
            slice=f"h{text}",
            feature="race",
            found=1e300,
            limit=0.1,
            facts=facts.ShareShift(f"i{text}", 1.0, 0.0),
        ),
    ]


def page_of(findings: list[Finding], train: Slice, text: str = "") -> str:
    return render_page(
        findings,
        now={"train": {ALL: train, f"h{text}": train}, "eval": {}},
        before={"train": {ALL: train, f"h{text}": Slice(0, {}, {})}},
        baseline_entry=f"j{text}",
        accepted_by=f"k{text}",
        accepted_because=f"l{text}",
        balance=None,
    )


@settings(max_examples=8)
@given(TEXTS)
def test_each_text_of_the_findings_is_shown_as_text(text: str) -> None:
    shown = check_page(page_of(found(text), Slice(5, {}, {}), text))
    assert visible_text(f"a{text}".replace("_", " ")) in shown
    for letter in "cdfghijkl":
        assert visible_text(f"{letter}{text}".strip()) in shown


@settings(max_examples=6)
@given(TEXTS, st.sampled_from([0.0, 1.0, 1e300]), st.sampled_from([0, 1, 10**15]))
def test_values_of_the_data_are_drawn_as_text(text: str, number: float, count: int) -> None:
    """A label that the schema does not know, and statistics of any size."""
    numbers = Numbers(count, number, number, ((0.0, number, count), (number, number, 0)))
    train = Slice(count, {"age": numbers, "sharpness": numbers}, {"race": {f"a{text}": count}})
    check_page(page_of(found(text), train, text))


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> GateReport:
    artifact = GateReport()
    artifact.uri = str(tmp_path_factory.mktemp("report"))
    return artifact


@settings(max_examples=30)
@given(TEXTS)
def test_findings_are_read_back_with_their_messages(report: GateReport, text: str) -> None:
    findings = found(text, Level.WARN)
    write_findings(report.uri, findings)
    assert [each.slice for each in read_findings(report.uri)] == [each.slice for each in findings]
    # Nothing but the facts of a finding is lost, and its message says them.
    assert read_warnings(report) == [format_line(each) for each in findings]


WRITTEN = {
    "format": 1,
    "verdict": "warn",
    "findings": [
        {
            **{"level": "warn", "check": check, "where": "train", "slice": "Black", "limit": 10.0},
            **{"found": None, "feature": "age", "message": "expected more"},
        }
        for check in ("cells", "cells", "drift")
    ],
}


@settings(max_examples=60)
@given(changed(WRITTEN))
def test_changed_findings_give_lines_or_are_named(report: GateReport, document: object) -> None:
    path = Path(report.uri, FINDINGS_FILE)
    path.write_text(json.dumps(document))
    try:
        lines = read_warnings(report)
    except InputError as error:
        refusal = str(error)
    else:
        assert all(isinstance(line, str) for line in lines)
        return
    assert refusal.startswith(f"{path}: expected the findings of the data gate, ")
