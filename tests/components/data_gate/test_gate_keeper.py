"""GateKeeper lets data pass without findings, with warnings, or with an accepted stop."""

import json
import math
from pathlib import Path

import pytest

from components.data_gate.artifact import ACCEPTED_BECAUSE, ACCEPTED_BY, VERDICT, GateReport
from components.data_gate.finding import Finding, Level, Message, verdict
from components.data_gate.gate_keeper import GateKeeper
from components.data_gate.report import read_findings, read_warnings, write_findings
from components.errors import DataGateError

FINDINGS = [
    Finding(
        level=Level.STOP, check="cells", where="train", slice="Black, male", facts=Message("few")
    ),
    Finding(
        level=Level.STOP, check="drift", where="train", feature="age_band", facts=Message("far")
    ),
    Finding(
        level=Level.WARN, check="cells", where="eval", slice="Asian, male", facts=Message("a bit")
    ),
    Finding(level=Level.PASS, check="baseline", where="train", facts=Message("a note"), found=0.5),
]


def keep(folder: Path, findings: list[Finding], accepted_because: str = "") -> None:
    report = GateReport()
    report.uri = str(folder)
    write_findings(report.uri, findings)
    report.set_string_custom_property(VERDICT, verdict(findings).value)
    if accepted_because:
        report.set_string_custom_property(ACCEPTED_BECAUSE, accepted_because)
    GateKeeper.EXECUTOR_SPEC.executor_class().Do({"report": [report]}, {}, {})


@pytest.mark.parametrize("findings", [[], FINDINGS[3:], FINDINGS[2:]])
def test_data_without_a_stop_passes(tmp_path: Path, findings: list[Finding]) -> None:
    keep(tmp_path, findings)


def test_a_stop_reports_its_findings_the_page_and_what_to_do_next(tmp_path: Path) -> None:
    with pytest.raises(DataGateError) as caught:
        keep(tmp_path, FINDINGS)
    assert str(caught.value).splitlines() == [
        "The data is not as expected:",
        "train: Black, male: few",
        "train: age band: far",
        f"See {tmp_path}/findings.html. If the data is right, run again with "
        "--accept-anomalies REASON.",
    ]


def _moved(number: int, times: float, level: Level = Level.STOP) -> Finding:
    return Finding(
        level=level,
        check="slices",
        where="train",
        slice=f"group {number}",
        facts=Message(f"{times:g} times"),
        found=0.12 * times,
        limit=0.12,
    )


@pytest.mark.parametrize(
    ("moved", "last"),
    [
        (5, "train: group 1: 2 times"),
        (6, "and 1 more group or feature that drifted: see the page"),
        (1234, "and 1,229 more groups or features that drifted: see the page"),
    ],
)
def test_only_the_worst_drifted_groups_are_reported(tmp_path: Path, moved: int, last: str) -> None:
    # Later groups drift further. Warnings are not reported.
    slices = [_moved(number, 1 + number) for number in range(1, moved + 1)]
    others = [FINDINGS[0]] * 7
    with pytest.raises(DataGateError) as caught:
        keep(tmp_path, [*others, *slices, FINDINGS[1], _moved(9999, 1e6, Level.WARN)])
    _, *lines, _ = str(caught.value).splitlines()
    assert lines[:8] == ["train: Black, male: few"] * 7 + ["train: age band: far"]
    worst = [f"train: group {moved - n}: {moved - n + 1} times" for n in range(5)]
    assert lines[8:13] == worst
    assert lines[-1] == last
    assert len(lines) == 13 + (moved > 5)


def test_drift_beyond_a_limit_of_zero_ranks_worst(tmp_path: Path) -> None:
    strict = Finding(
        level=Level.STOP,
        check="slices",
        where="train",
        facts=Message("any"),
        found=0.001,
        limit=0.0,
    )
    with pytest.raises(DataGateError) as caught:
        keep(tmp_path, [*(_moved(number, 9) for number in range(8)), strict])
    assert str(caught.value).splitlines()[1] == "train: any"


def test_the_excess_is_the_value_divided_by_its_limit() -> None:
    cells = {"level": Level.STOP, "check": "cells", "where": "train"}
    assert Finding(**cells, found=3.0, limit=4.0).excess == 0.75
    assert Finding(**cells, found=0, limit=4.0).excess == 0
    assert Finding(**cells, limit=4.0).excess == 0
    assert Finding(**cells, found=3.0).excess == math.inf


def test_warnings_and_the_reason_for_an_accepted_stop_are_read_from_a_report(
    tmp_path: Path,
) -> None:
    report = GateReport()
    report.uri = str(tmp_path)
    write_findings(report.uri, FINDINGS)
    lines = [
        "train: Black, male: few",
        "train: age band: far",
        "eval: Asian, male: a bit",
    ]
    assert read_warnings(report) == lines
    report.set_string_custom_property(ACCEPTED_BECAUSE, "it is meant")
    report.set_string_custom_property(ACCEPTED_BY, "sam")
    assert read_warnings(report) == [
        "stopped, and sam accepted the findings: it is meant",
        *lines,
    ]


def test_an_accepted_stop_passes(tmp_path: Path) -> None:
    keep(tmp_path, FINDINGS, "the new camera is meant")


def test_findings_are_read_back_unchanged(tmp_path: Path) -> None:
    write_findings(str(tmp_path), FINDINGS)
    assert read_findings(str(tmp_path)) == FINDINGS
    document = json.loads((tmp_path / "findings.json").read_text())
    assert (document["format"], document["verdict"]) == (1, "stop")


def test_the_verdict_is_the_most_severe_level() -> None:
    assert [verdict(FINDINGS[at:]) for at in range(5)] == [
        *(Level.STOP, Level.STOP, Level.WARN, Level.PASS, Level.PASS)
    ]
