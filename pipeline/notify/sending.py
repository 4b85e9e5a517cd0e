"""Tells whoever wants to know what became of a run."""

from datetime import datetime
from typing import TYPE_CHECKING

from pipeline.console.exit_codes import ExitCode
from pipeline.settings.config import PipelineConfig

if TYPE_CHECKING:  # it loads TFX, which a run that never began does without
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
    """Sends the summary of a run, where the settings name a place for it.

    Args:
      config, code, started, run_id, report, message: see pipeline.notify.summary.make_summary.

    Returns:
      Why it could not be sent; empty where it was, or where nobody wants it.
    """
    if config.notify.webhook is None:
        return ""
    from pipeline.notify.summary import make_summary
    from pipeline.notify.webhook import send

    summary = make_summary(
        config, code, started=started, run_id=run_id, report=report, message=message
    )
    return send(config.notify, summary)
