"""The findings as JSON: written by the gate, read by later components and commands."""

import json
from collections.abc import Sequence

from pydantic import TypeAdapter
from tfx.dsl.io import fileio

from components.damaged_files import name_damaged
from components.data_gate.artifact import ACCEPTED_BECAUSE, ACCEPTED_BY, FINDINGS_FILE, GateReport
from components.data_gate.finding import Finding, Level, Message, verdict
from components.data_gate.wording import fold, format_line, format_message

# Changes when older code would misread a file.
_FORMAT = 1
_FINDINGS = TypeAdapter(Finding)


def write_findings(uri: str, findings: Sequence[Finding]) -> None:
    document = {
        "format": _FORMAT,
        "verdict": verdict(findings).value,
        "findings": [
            {
                **{name: value for name, value in vars(finding).items() if name != "facts"},
                "level": finding.level.value,
                "message": format_message(finding),
            }
            for finding in findings
        ],
    }
    with fileio.open(f"{uri}/{FINDINGS_FILE}", "w") as file:
        file.write(json.dumps(document, indent=2) + "\n")


def read_findings(uri: str) -> list[Finding]:
    """Reads the findings of a report; their facts are messages.

    Raises:
      InputError: if the file is damaged.
    """
    path = f"{uri}/{FINDINGS_FILE}"
    with fileio.open(path, "rb") as file:
        data = file.read()
    with name_damaged(path, "the findings of the data gate"):
        return [
            _FINDINGS.validate_python({**row, "facts": Message(str(row["message"]))})
            for row in json.loads(data)["findings"]
        ]


def read_warnings(report: GateReport) -> list[str]:
    """Returns a line for each finding, after the reason why someone accepted a stop."""
    lines = []
    if because := report.get_string_custom_property(ACCEPTED_BECAUSE):
        by = report.get_string_custom_property(ACCEPTED_BY)
        lines.append(f"stopped, and {by} accepted the findings: {because}")
    findings = [finding for finding in read_findings(report.uri) if finding.level is not Level.PASS]
    return lines + [format_line(*alike) for alike in fold(findings)]
