"""The parts of `utkface run` that come before and after TFX is imported."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from components.errors import InputError
from components.ingest.archives import archive
from components.ingest.sources import span_paths
from components.storage import files
from components.storage.probe import check_reachable, check_writable
from components.storage.remote_places import check_scheme
from pipeline.acceptances import NOTHING, Acceptances
from pipeline.console.exit_codes import ExitCode, explain
from pipeline.console.progress import show_waiting
from pipeline.console.stopping import stop_signals
from pipeline.console.terminal import print_text
from pipeline.engines.beam_check import check_beam
from pipeline.engines.local.workers import check_workers
from pipeline.engines.staged_paths import name_uris
from pipeline.notify.sending import notify
from pipeline.root.metadata_claim import check_store
from pipeline.root.place import check_artifacts_outside_data, check_root_outside_data
from pipeline.root.room import check_room
from pipeline.root.run_folder import open_run
from pipeline.settings.config import ConfigError, PipelineConfig
from pipeline.tools.schema.files import load_schema

if TYPE_CHECKING:  # loads TFX, which a run that fails early does not need
    from pipeline.console.report import Report


@dataclass(frozen=True)
class Ending:
    """How a run ended.

    Attributes:
      config: the settings of the run.
      code: the exit code.
      started: the start time, in UTC.
      run_id: the name of the run; None if the run did not start.
      report: the results; None if the run did not finish.
      message: why the run did not finish; otherwise empty.
    """

    config: PipelineConfig
    code: ExitCode
    started: datetime
    run_id: str | None = None
    report: "Report | None" = None
    message: str = ""


def launch(
    config: PipelineConfig, accepted: Acceptances = NOTHING, *, verbose: bool = False
) -> ExitCode:
    """Runs the pipeline on this machine, reports to the user, and sends the notification.

    Args:
      config: the settings of the run.
      accepted: reasons to accept anomalies or unfairness.
      verbose: whether to show the log on the console too.
    """
    ending = run_pipeline(config, accepted, verbose=verbose)
    notify_of(ending)
    return ending.code


def run_pipeline(
    config: PipelineConfig, accepted: Acceptances = NOTHING, *, verbose: bool = False
) -> Ending:
    """Runs the pipeline on this machine and reports to the user; prints errors, never raises them.

    Args:
      config, accepted, verbose: see launch.
    """
    started, run_id, copies = datetime.now(timezone.utc), None, ""
    with stop_signals() as signals:
        try:
            check_data(config.data)
            check_root_outside_data(config.root, config.data)
            check_schema(config.schema_file)
            check_workers(config)
            if config.artifacts:
                check_artifacts_outside_data(config.artifacts, config.data)
                check_writable(config.artifacts)
            if not config.beam_pipeline_args:
                check_beam(config.beam)
            check_store(Path(config.root), config.metadata)
            check_room(config)
            with open_run(config, verbose=verbose) as run:
                run_id, copies = run.run_id, run.copies
                with show_waiting(run.console, "loading TensorFlow and TFX"):
                    from pipeline.engines.local import runner as local_runner
                report = local_runner.run_locally(config, run, accepted)
            code = ExitCode.PUSHED if report and report.pushed_to else ExitCode.NOT_BLESSED
            return Ending(config, code, started, run_id, report)
        except (Exception, KeyboardInterrupt) as error:
            code, message = explain(signals.cause_of(error))
    if copies:
        # Components see local copies of artifacts on a store, which are gone now.
        message = name_uris(message, copies)
    print_line(message, "red")
    return Ending(config, code, started, run_id, message=message)


def notify_of(ending: Ending) -> None:
    """Sends the notification of a run if the settings ask for one."""
    problem = notify(
        ending.config,
        ending.code,
        started=ending.started,
        run_id=ending.run_id,
        report=ending.report,
        message=ending.message,
    )
    if problem:
        print_line(problem, "yellow")


def print_line(text: str, style: str) -> None:
    """Prints a line for the user to standard error."""
    print_text(Console(stderr=True), text, style)


def check_data(paths: Sequence[str]) -> None:
    """Checks that local data paths exist, before TFX is imported to read them.

    Raises:
      ConfigError: if a path does not exist.
      InputError: if a path cannot be listed, e.g. https://, or a store is unreachable.
    """
    for path in paths:
        check_scheme(path)
        check_reachable(path)
        outside, _ = archive.split_inside(path)
        pattern = span_paths.of_any_span(outside)
        if not files.is_remote(path) and not Path(path).exists() and not files.glob(pattern):
            raise ConfigError(
                "data: expected a folder, a glob or an archive of UTKFace files; "
                f"{path} is not there"
            )


def check_schema(path: str) -> None:
    """Checks that a local schema can be read, before TFX is imported to read it.

    Raises:
      ConfigError: if the schema does not exist.
      InputError: if it is invalid, or its path cannot be read, e.g. https://.
    """
    check_scheme(path)
    if "://" in path:
        return
    if not Path(path).is_file():
        raise ConfigError(f"schema_file: expected a schema, a .pbtxt file; {path} is not there")
    try:
        load_schema(path)
    except InputError as error:
        raise InputError(f"schema_file: {error}") from None
