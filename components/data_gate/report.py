"""The findings as JSON: written by the gate, read by all others."""

import json
from collections.abc import Sequence
from typing import Any

from tfx.dsl.io import fileio

from components.data_gate.artifact import ACCEPTED_BECAUSE, ACCEPTED_BY, FINDINGS_FILE, GateReport
from components.data_gate.finding import Finding, Level, Words, verdict
from components.data_gate.wording import fold, line_of, message_of

# Changes when older code would misread a file.
_FORMAT = 1


def write_findings(uri: str, findings: Sequence[Finding]) -> None:
    document = {
        "format": _FORMAT,
        "verdict": verdict(findings).value,
        "findings": [_to_dict(finding) for finding in findings],
    }
    with fileio.open(f"{uri}/{FINDINGS_FILE}", "w") as file:
        file.write(json.dumps(document, indent=2) + "\n")


def read_findings(uri: str) -> list[Finding]:
    with fileio.open(f"{uri}/{FINDINGS_FILE}", "r") as file:
        found = json.load(file)["findings"]
    return [
        Finding(level=Level(one.pop("level")), facts=Words(one.pop("message")), **one)
        for one in found
    ]


def read_warnings(report: GateReport) -> list[str]:
    """Returns a line for each finding, after the reason why someone accepted a stop."""
    lines = []
    if because := report.get_string_custom_property(ACCEPTED_BECAUSE):
        by = report.get_string_custom_property(ACCEPTED_BY)
        lines.append(f"stopped, and {by} accepted the findings: {because}")
    found = [one for one in read_findings(report.uri) if one.level is not Level.PASS]
    return lines + [line_of(*alike) for alike in fold(found)]


def _to_dict(finding: Finding) -> dict[str, Any]:
    kept = {name: value for name, value in vars(finding).items() if name != "facts"}
    return {**kept, "level": finding.level.value, "message": message_of(finding)}
