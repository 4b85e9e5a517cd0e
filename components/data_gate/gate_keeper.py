"""GateKeeper: ends a run that the gate stopped."""

from collections.abc import Iterator, Sequence

from tfx.dsl.component.experimental.annotations import InputArtifact
from tfx.dsl.component.experimental.decorators import component

from components.data_gate.artifact import ACCEPTED_BECAUSE, PAGE_FILE, VERDICT, GateReport
from components.data_gate.finding import Finding, Level
from components.data_gate.report import read_findings
from components.data_gate.wording import format_line
from components.errors import DataGateError
from components.html.words import counted

# Drift moves most groups at once: they would bury the other findings.
_MOST_SLICES = 5


@component
def GateKeeper(report: InputArtifact[GateReport]) -> None:
    """Raises if the gate's verdict is stop and nobody accepted it.

    It is a component of its own because TFX deletes the outputs of a component that raises. Make
    components that must not see bad data depend on it with `add_upstream_node`.

    Args:
      report: report of the gate.

    Raises:
      DataGateError: with a line for each finding that stops the run, but only for the groups that
        drifted most.
    """
    if report.get_string_custom_property(VERDICT) != Level.STOP.value:
        return
    if report.get_string_custom_property(ACCEPTED_BECAUSE):
        return
    stops = [finding for finding in read_findings(report.uri) if finding.level is Level.STOP]
    raise DataGateError(
        "The data is not as expected:\n"
        + "\n".join(_format_lines(stops))
        + f"\nSee {report.uri}/{PAGE_FILE}. If the data is right, run again with "
        "--accept-anomalies REASON."
    )


def _format_lines(findings: Sequence[Finding]) -> Iterator[str]:
    yield from (format_line(finding) for finding in findings if finding.check != "slices")
    moved = [finding for finding in findings if finding.check == "slices"]
    moved.sort(key=lambda finding: finding.excess, reverse=True)
    yield from (format_line(finding) for finding in moved[:_MOST_SLICES])
    if (more := len(moved) - _MOST_SLICES) > 0:
        groups = counted(more, "more group or feature", "more groups or features")
        yield f"and {groups} that drifted: see the page"
