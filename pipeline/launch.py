"""What `utkface run` does before anything heavy is loaded, and after."""

from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

from rich.console import Console

from components.utkface_example_gen import archive, files, span_paths
from pipeline.acceptances import NOTHING, Acceptances
from pipeline.config import ConfigError, PipelineConfig
from pipeline.exit_codes import ExitCode, explain
from pipeline.notify.sending import notify
from pipeline.progress import show_waiting
from pipeline.root_place import check_root_place
from pipeline.run_folder import open_run


def launch(
    config: PipelineConfig, accepted: Acceptances = NOTHING, *, verbose: bool = False
) -> ExitCode:
    """Runs the pipeline on this machine and tells the user all about it.

    Args:
      config: what to do.
      accepted: what is to be let through, and why.
      verbose: shows the log on the console as well.
    """
    started, run_id, report, message = datetime.now(timezone.utc), None, None, ""
    errors = Console(stderr=True)
    try:
        check_data(config.data)
        check_root_place(config.root, config.data)
        with open_run(config, verbose=verbose) as run:
            run_id = run.run_id
            with show_waiting(run.console, "loading TensorFlow and TFX"):
                from pipeline import local_runner
            report = local_runner.run_locally(config, run, accepted)
        code = ExitCode.PUSHED if report and report.pushed_to else ExitCode.NOT_BLESSED
    except Exception as error:
        code, message = explain(error)
        _print(errors, message, "red")
    problem = notify(config, code, started=started, run_id=run_id, report=report, message=message)
    if problem:
        _print(errors, problem, "yellow")
    return code


def _print(console: Console, text: str, style: str) -> None:
    console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)


def check_data(paths: Sequence[str]) -> None:
    """Looks for local data paths before TFX is loaded to look closer.

    Raises:
      ConfigError: if nothing is at one of them.
    """
    for path in paths:
        outside, _ = archive.split_inside(path)
        pattern = span_paths.of_any_span(outside)
        if not files.is_remote(path) and not Path(path).exists() and not files.glob(pattern):
            raise ConfigError(
                "data: expected a folder, a glob or an archive of UTKFace files; "
                f"{path} is not there"
            )
