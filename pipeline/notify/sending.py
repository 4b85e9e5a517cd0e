"""Sends the outcome of a run if the settings name a webhook."""

from datetime import datetime
from typing import TYPE_CHECKING

from pipeline.console.exit_codes import ExitCode
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
    """Sends the summary of a run if the settings name a webhook.

    Args:
      config, code, started, run_id, report, message: see pipeline.notify.summary.make_summary.

    Returns:
      Why the summary could not be sent; empty if it was sent or no webhook is set.
    """
    if config.notify.webhook is None:
        return ""
    from pipeline.notify.summary import make_summary
    from pipeline.notify.webhook import send

    summary = make_summary(
        config, code, started=started, run_id=run_id, report=report, message=message
    )
    return send(config.notify, summary)
