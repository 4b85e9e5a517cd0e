"""What the gate found, as JSON: written by the gate, read by all others."""

import json
from collections.abc import Sequence

from tfx.dsl.io import fileio

from components.data_gate.artifact import FINDINGS_FILE
from components.data_gate.finding import Finding, verdict

# A reader can tell what it knows by this.
_FORMAT = 1


def write_findings(uri: str, findings: Sequence[Finding]) -> None:
    document = {
        "format": _FORMAT,
        "verdict": verdict(findings).value,
        "findings": [finding.to_dict() for finding in findings],
    }
    with fileio.open(f"{uri}/{FINDINGS_FILE}", "w") as file:
        file.write(json.dumps(document, indent=2) + "\n")


def read_findings(uri: str) -> list[Finding]:
    with fileio.open(f"{uri}/{FINDINGS_FILE}", "r") as file:
        return [Finding.from_dict(one) for one in json.load(file)["findings"]]
