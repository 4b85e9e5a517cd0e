"""What became of a run, as JSON that people and programs can read."""

import socket
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from pipeline.config import PipelineConfig
from pipeline.exit_codes import ExitCode

if TYPE_CHECKING:  # it loads TFX, which a run that never began does without
    from pipeline.report import Report

FORMAT = 1
_OUTCOMES = {
    ExitCode.PUSHED: "pushed",
    ExitCode.NOT_BLESSED: "not blessed",
    ExitCode.STOPPED_BY_DATA_GATE: "stopped by the data gate",
    ExitCode.BUSY: "not begun",
    ExitCode.INTERRUPTED: "stopped",
    ExitCode.TERMINATED: "stopped",
}


def make_summary(
    config: PipelineConfig,
    code: ExitCode,
    *,
    started: datetime,
    run_id: str | None,
    report: "Report | None",
    message: str,
) -> dict[str, Any]:
    """Returns the summary of a run.

    Args:
      config: what it was told.
      code: how it ended.
      started: when, in UTC.
      run_id: its name; None if it did not come so far.
      report: what it came to; None if it did not finish.
      message: why it did not; empty otherwise.
    """
    outcome = _OUTCOMES.get(code, "failed")
    name = f"{config.pipeline_name} {run_id}" if run_id else config.pipeline_name
    reasons = list(report.verdict.reasons) if report else []
    told, *_ = (message or next(iter(reasons), "")).splitlines() or [""]
    return {
        "format": FORMAT,
        # What chat services show of it.
        "text": f"{name}: {outcome}" + (f". {told}" if told else ""),
        "outcome": outcome,
        "exit_code": int(code),
        "pipeline": config.pipeline_name,
        "run": run_id,
        "host": socket.gethostname(),
        "root": config.root,
        "data": list(config.data),
        "span": config.span,
        "started": started.isoformat(timespec="seconds"),
        "ended": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "message": message,
        "reasons": reasons,
        "metrics": _metrics(report) if report else {},
        "pushed_to": report.pushed_to if report else None,
        "places": dict(report.places) if report else {},
    }


def _metrics(report: "Report") -> dict[str, float]:
    overall = report.slices[0]
    return {
        "examples": overall.examples,
        "age_mae": overall.age_mae,
        "gender_accuracy": overall.gender_accuracy,
        "race_accuracy": overall.race_accuracy,
    }
