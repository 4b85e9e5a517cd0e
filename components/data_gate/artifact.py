"""The artifact that says what the gate found, and what its properties are called."""

from tfx.types import artifact

# JSON for programs, and a page for people.
FINDINGS_FILE = "findings.json"
PAGE_FILE = "findings.html"

# String properties; a query finds the runs that a gate stopped by the first.
VERDICT = "verdict"
ACCEPTED_BY = "accepted_by"
ACCEPTED_BECAUSE = "accepted_because"


class GateReport(artifact.Artifact):
    """Its property `verdict` is pass, warn or stop; a stop that a person accepted says so."""

    # Kubeflow Pipelines wants a name of two parts.
    TYPE_NAME = "utkface.GateReport"
