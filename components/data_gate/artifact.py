"""The artifact of the gate's findings, and the names of its properties."""

from tfx.types import artifact

# JSON for programs, and a page for people.
FINDINGS_FILE = "findings.json"
PAGE_FILE = "findings.html"

# String properties. VERDICT finds the runs that a gate stopped.
VERDICT = "verdict"
ACCEPTED_BY = "accepted_by"
ACCEPTED_BECAUSE = "accepted_because"


class GateReport(artifact.Artifact):
    """Findings of the gate. Its property `verdict` is pass, warn or stop.

    If someone accepted a stop, the properties `accepted_by` and `accepted_because` say so.
    """

    # Kubeflow Pipelines requires a name of two parts.
    TYPE_NAME = "utkface.GateReport"
