"""Sends the outcome of a run if the settings name a webhook."""

from datetime import datetime
from typing import TYPE_CHECKING

from components.fairness.display import primary_values
from pipeline.console.exit_codes import ExitCode
from pipeline.notify.summary import Result, RunRequest, describe_run
from pipeline.notify.webhook import send
from pipeline.settings.config import PipelineConfig

if TYPE_CHECKING:  # loads TFX, which a run that fails early does not need
    from pipeline.console.report import Report


def notify(
    config: PipelineConfig,
    code: ExitCode,
    *,
    started: datetime,
    run_id: str | None = None,
    report: "Report | None" = None,
    message: str = "",
) -> str:
    """Sends the summary of a run on this machine if the settings name a webhook.

    Args:
      config: the settings of the run.
      code: the exit code.
      started: the start time, in UTC.
      run_id: the name of the run; None if the run ended before it had a name.
      report: the outcome; None if the run did not finish.
      message: why the run did not finish; otherwise empty.

    Returns:
      Why the summary could not be sent; empty if it was sent or no webhook is set.
    """
    if config.notify.webhook is None:
        return ""
    result = Result()
    if report:
        result = Result(
            reasons=report.figures["verdict"]["reasons"],
            metrics=primary_values(report.figures),
            pushed_to=report.pushed_to,
            places=report.places,
        )
    request = RunRequest(config.pipeline_name, config.root, config.data, config.span)
    summary = describe_run(
        code, request, run_id=run_id, started=started, message=message, result=result
    )
    return send(config.notify, summary)
