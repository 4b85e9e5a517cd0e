"""GateKeeper: ends the run that the gate stopped."""

from tfx import v1 as tfx

from components.data_gate.artifact import ACCEPTED_BECAUSE, PAGE_FILE, VERDICT, GateReport
from components.data_gate.finding import Level
from components.data_gate.report import read_findings
from components.errors import DataGateError


@tfx.dsl.components.component
def GateKeeper(report: tfx.dsl.components.InputArtifact[GateReport]) -> None:
    """Raises if the gate's verdict is stop and nobody accepted it.

    It is apart from the gate since TFX deletes what a component wrote that raises. Make the
    components that must not see bad data depend on it with `add_upstream_node`.

    Args:
      report: the gate's.

    Raises:
      DataGateError: with a line for each finding that stops the run.
    """
    if report.get_string_custom_property(VERDICT) != Level.STOP.value:
        return
    if report.get_string_custom_property(ACCEPTED_BECAUSE):
        return
    lines = [one.line for one in read_findings(report.uri) if one.level is Level.STOP]
    raise DataGateError(
        "The data is not what it should be:\n"
        + "\n".join(lines)
        + f"\nLook at {report.uri}/{PAGE_FILE}. If the data is right nevertheless, run again "
        "with --accept-anomalies REASON."
    )
