"""What became of a run, as JSON that people and programs can read."""

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from pipeline.console.exit_codes import ExitCode
from pipeline.settings.config import PipelineConfig

if TYPE_CHECKING:  # it loads TFX, which a run that never began does without
    from pipeline.console.report import Report

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
    """Returns the summary of a run on this machine.

    Args:
      config: what it was asked to do.
      code: how it ended.
      started: when, in UTC.
      run_id: its name; None if it did not come so far.
      report: what it came to; None if it did not finish.
      message: why it did not; empty otherwise.
    """
    return describe_run(
        code,
        RunRequest(config.pipeline_name, config.root, config.data, config.span),
        run_id=run_id,
        started=started,
        message=message,
        result=Result(
            reasons=report.figures["verdict"]["reasons"],
            metrics=_metrics(report),
            pushed_to=report.pushed_to,
            places=report.places,
        )
        if report
        else Result(),
    )


@dataclass(frozen=True)
class RunRequest:
    """What a run was asked to do.

    Attributes:
      pipeline: its pipeline's name.
      root, data, span: as in PipelineConfig.
    """

    pipeline: str
    root: str
    data: Sequence[str]
    span: int | None


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a run that came to its end amounts to; one that did not has the defaults.

    Attributes:
      reasons: why the model was not blessed, a line each.
      metrics: of the test split, by measure.
      pushed_to: the folder of the pushed model; None if none was pushed.
      places: where to look, by what lies there.
    """

    reasons: Sequence[str] = ()
    metrics: Mapping[str, float] = field(default_factory=dict)
    pushed_to: str | None = None
    places: Mapping[str, str] = field(default_factory=dict)


def describe_run(
    code: ExitCode,
    request: RunRequest,
    *,
    run_id: str | None,
    started: datetime,
    message: str,
    result: Result,
) -> dict[str, Any]:
    """Returns the summary of a run on any engine.

    Args:
      code: how it ended.
      request: what it was asked to do.
      run_id: its name; None if it did not come so far.
      started: when, in UTC.
      message: why it did not come to its end; empty if it did.
      result: what it amounts to.
    """
    outcome = _OUTCOMES.get(code, "failed")
    name = f"{request.pipeline} {run_id}" if run_id else request.pipeline
    first, *_ = (message or next(iter(result.reasons), "")).splitlines() or [""]
    return {
        "format": FORMAT,
        # What chat services show of it.
        "text": f"{name}: {outcome}" + (f". {first}" if first else ""),
        "outcome": outcome,
        "exit_code": int(code),
        "pipeline": request.pipeline,
        "run": run_id,
        "host": socket.gethostname(),
        "root": request.root,
        "data": list(request.data),
        "span": request.span,
        "started": started.isoformat(timespec="seconds"),
        "ended": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "message": message,
        "reasons": list(result.reasons),
        "metrics": dict(result.metrics),
        "pushed_to": result.pushed_to,
        "places": dict(result.places),
    }


def _metrics(report: "Report") -> dict[str, float]:
    from components.fairness.display import primary_values

    return primary_values(report.figures)
