"""The last step of a run, which runs however the other steps end.

It reports the end of the run in the user interface and to a webhook. It records the span of a
scheduled run as taken, unless the run failed: then the next run tries again.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from components.history.registry import TAKEN_SPAN, History
from pipeline.console.exit_codes import ExitCode
from pipeline.engines.kubeflow.pod.native_step import NativeStep, run_native_step
from pipeline.engines.kubeflow.pod.run_records import (
    Outcome,
    RunRecords,
    SpanChoice,
    records_folder,
)
from pipeline.engines.kubeflow.specs.retraining_spec import DATA, SPAN
from pipeline.notify.summary import Result, RunRequest, describe_run
from pipeline.notify.webhook import send
from pipeline.settings.notify import NotifySettings
from pipeline.settings.reserved_variables import WEBHOOK_VARIABLE

_NO_WORD = (
    "A step ended without a message: it was evicted, ran out of memory, passed its time limit or "
    "never started. The user interface shows which."
)
# Outcomes that another run on the same data would repeat.
_DECIDED = (ExitCode.PUSHED, ExitCode.NOT_BLESSED, ExitCode.STOPPED_BY_DATA_GATE)


@dataclass(frozen=True)
class Ending:
    """How a run ended.

    Attributes:
      code: the exit code, as of `utkface run`.
      message: why the run did not finish; otherwise empty.
      outcome: the outcome; None if the run did not finish.
      choice: the span choice of a scheduled run; otherwise None.
    """

    code: ExitCode
    message: str
    outcome: Outcome | None
    choice: SpanChoice | None

    @property
    def idle(self) -> bool:
        """Whether a scheduled run found nothing new."""
        return self.choice is not None and self.choice.span is None and not self.message


def read_ending(records: RunRecords) -> Ending:
    """Returns how a run ended, read from the records of its steps."""
    failures, outcome, choice = records.failures(), records.outcome(), records.choice()
    if failures:
        stopped = [one for one in failures if one.code == ExitCode.STOPPED_BY_DATA_GATE]
        first = (stopped or failures)[0]
        message = first.message if stopped else f"{first.step}: {first.message}"
        codes = {int(code) for code in ExitCode}
        code = ExitCode(first.code) if first.code in codes else ExitCode.FAILED
        return Ending(code, message, outcome, choice)
    if outcome:
        code = ExitCode.PUSHED if outcome.pushed_to else ExitCode.NOT_BLESSED
        return Ending(code, "", outcome, choice)
    if choice and choice.span is None:
        return Ending(ExitCode.PUSHED, "", None, choice)
    return Ending(ExitCode.FAILED, _NO_WORD, None, choice)


def record_span(ending: Ending, history: History) -> None:
    """Records the span of a scheduled run as taken if another run would end the same way."""
    choice = ending.choice
    decided = ending.outcome is not None or ending.code in _DECIDED
    if choice is None or choice.span is None or not decided:
        return
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "found.txt").write_text("\n".join(choice.lines) + "\n", encoding="utf-8")
        history.record(TAKEN_SPAN, folder, span=choice.span, properties={})


def to_markdown(summary: dict[str, Any]) -> str:
    """Returns the summary of a run for the user interface."""
    lines = [f"# {summary['outcome'].capitalize()}", ""]
    lines += [summary["message"], ""] if summary["message"] else []
    lines += [f"- {reason}" for reason in summary["reasons"]]
    if metrics := summary["metrics"]:
        lines += ["", "| on the test split | |", "|---|---|"]
        lines += [f"| {name} | {value:.4g} |" for name, value in metrics.items()]
    if summary["pushed_to"]:
        lines += ["", f"Model: `{summary['pushed_to']}`"]
    return "\n".join(lines) + "\n"


def report(step: NativeStep, arguments: argparse.Namespace) -> None:
    """Reports, records and notifies; then deletes the records of the run."""
    records = RunRecords(records_folder(arguments.history), step.run_id)
    ending = read_ending(records)
    history = History(arguments.history)
    record_span(ending, history)
    started = records.started()
    outcome = ending.outcome or Outcome(blessed=False)
    summary = describe_run(
        ending.code,
        RunRequest(
            arguments.pipeline,
            arguments.root,
            str(step.parameter(DATA)).splitlines(),
            _span(step, ending),
        ),
        run_id=step.run_id,
        started=datetime.fromtimestamp(started or time.time(), timezone.utc),
        message=ending.message,
        result=Result(
            reasons=outcome.reasons,
            metrics=outcome.metrics,
            pushed_to=outcome.pushed_to,
            places=outcome.places,
        ),
    )
    if ending.idle:
        step.write_file("report", "# Nothing new\n")
    else:
        step.write_file("report", to_markdown(summary))
        print(summary["text"])
        if problem := _notify(arguments.notify, summary):
            print(problem, file=sys.stderr)
    records.delete()


def _span(step: NativeStep, ending: Ending) -> int | None:
    if ending.choice:
        return ending.choice.span
    given = int(step.parameter(SPAN))
    return given if given >= 0 else None


def _notify(settings: str, summary: dict[str, Any]) -> str:
    """Sends the summary; returns why it did not arrive."""
    url = os.environ.get(WEBHOOK_VARIABLE, "").strip()
    if not url:
        return ""
    notify = NotifySettings.model_validate_json(settings)
    try:
        notify = NotifySettings.model_validate(
            {**notify.model_dump(exclude={"webhook"}), "webhook": SecretStr(url)}
        )
    except ValueError:
        return (
            "the webhook was not notified: its secret holds no URL that begins with https://, or "
            "with http:// and notify.allow_http"
        )
    return send(notify, summary)


def main(argv: Sequence[str]) -> int:
    """Runs the step and returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m pipeline.engines.kubeflow.pod.run_report")
    parser.add_argument("--pipeline", required=True)
    parser.add_argument("--root", required=True)
    parser.add_argument("--history", required=True)
    parser.add_argument("--notify", required=True)
    parser.add_argument("--executor_input", required=True)
    arguments = parser.parse_args(argv)
    return run_native_step(arguments.executor_input, lambda step: report(step, arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
