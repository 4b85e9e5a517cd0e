"""The outcome of a run as JSON, for people and programs."""

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from pipeline.console.exit_codes import ExitCode

FORMAT = 1
_OUTCOMES = {
    ExitCode.PUSHED: "pushed",
    ExitCode.NOT_BLESSED: "not blessed",
    ExitCode.STOPPED_BY_DATA_GATE: "stopped by the data gate",
    ExitCode.BUSY: "not begun",
    ExitCode.INTERRUPTED: "stopped",
    ExitCode.TERMINATED: "stopped",
}


@dataclass(frozen=True)
class RunRequest:
    """The settings that identify a run.

    Attributes:
      pipeline: the name of the pipeline.
      root, data, span: as in PipelineConfig.
    """

    pipeline: str
    root: str
    data: Sequence[str]
    span: int | None


@dataclass(frozen=True, kw_only=True)
class Result:
    """The result of a finished run; an unfinished run has the defaults.

    Attributes:
      reasons: why the model was not blessed, one per line.
      metrics: measures over the test split, by name.
      pushed_to: the folder of the pushed model; None if no model was pushed.
      places: the paths of the outputs, by name.
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
      code: the exit code.
      request: the settings that identify the run.
      run_id: the name of the run; None if the run ended before it had a name.
      started: the start time, in UTC.
      message: why the run did not finish; otherwise empty.
      result: the result of the run.
    """
    outcome = _OUTCOMES.get(code, "failed")
    name = f"{request.pipeline} {run_id}" if run_id else request.pipeline
    first, *_ = (message or next(iter(result.reasons), "")).splitlines() or [""]
    return {
        "format": FORMAT,
        # The part of the summary that chat services show.
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
