"""Implements `utkface retrain`: chooses a span, runs the pipeline, reports the served model."""

from datetime import datetime, timezone
from pathlib import Path

from rich.console import Console

from components.errors import InputError
from pipeline.console.exit_codes import ExitCode, explain
from pipeline.console.quiet import quiet_stderr
from pipeline.console.stopping import stop_signals
from pipeline.console.terminal import print_text
from pipeline.engines.local.launch import Ending, check_data, notify_of, print_line, run_pipeline
from pipeline.layout import RootLayout
from pipeline.root.lock import lock_root
from pipeline.root.place import check_root_outside_data
from pipeline.root.storage import RootStorage
from pipeline.settings.config import PipelineConfig
from pipeline.span_choice import choose_span

# Two retrainings must not choose the same span. The run itself locks the root.
_LOCK = "retrain"


def retrain(config: PipelineConfig, *, verbose: bool = False) -> ExitCode:
    """Runs the pipeline on the newest complete span that was not run before.

    Args:
      config: the settings; a `span` in them is run even if it was run before.
      verbose: whether to show the log on the console too.
    """
    started = datetime.now(timezone.utc)
    ending: Ending | None
    with stop_signals() as signals:
        try:
            ending = _run_new_span(config, verbose=verbose)
        except (Exception, KeyboardInterrupt) as error:
            code, message = explain(signals.cause_of(error))
            print_line(message, "red")
            ending = Ending(config, code, started, message=message)
    if ending is None:
        return ExitCode.PUSHED
    notify_of(ending)
    return ending.code


def _run_new_span(config: PipelineConfig, *, verbose: bool) -> Ending | None:
    """Returns how the run on the chosen span ended; None if there is no new span.

    The lock is released before the notification, so a slow webhook delays no retraining.
    """
    check_data(config.data)
    check_root_outside_data(config.root, config.data)
    root = Path(config.root)
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{root}: expected a writable folder; {error.strerror}") from None
    with lock_root(root, _LOCK):
        if config.span is None:
            choice = choose_span(config.data, config.retrain, _read_finished_spans(root))
            for line in choice.lines:
                print_text(Console(), line)
            if choice.span is None:
                return None
            config = config.model_copy(update={"span": choice.span})
        ending = run_pipeline(config.warm_started(), verbose=verbose)
    if ending.code is not ExitCode.PUSHED:
        print_text(Console(), _describe_served(root))
    return ending


def _read_finished_spans(root: Path) -> dict[int, str]:
    """Returns the spans of finished runs, each with the outcome of its last run.

    A failed run does not count: the next retraining tries its span again.
    """
    layout = RootLayout(root)
    if not (layout.metadata.exists() or layout.metadata_server.exists()):
        return {}
    with quiet_stderr():
        from pipeline.root.run_history import UNFINISHED, list_runs

        runs = list_runs(root)
    return {
        run.span: run.outcome
        for run in reversed(runs)
        if run.span is not None and run.outcome != UNFINISHED
    }


def _describe_served(root: Path) -> str:
    try:
        return f"still serving {RootStorage.of(root).latest_model()}"
    except FileNotFoundError:
        return "no model is served yet"
