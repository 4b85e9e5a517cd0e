"""What `utkface run` does before anything heavy is loaded, and after."""

import glob
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from components.utkface_example_gen import span_paths
from pipeline.acceptances import NOTHING, Acceptances
from pipeline.config import ConfigError, PipelineConfig
from pipeline.exit_codes import ExitCode, explain
from pipeline.progress import show_waiting
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
    try:
        check_data(config.data)
        with open_run(config, verbose=verbose) as run:
            with show_waiting(run.console, "loading TensorFlow and TFX"):
                from pipeline import local_runner
            report = local_runner.run_locally(config, run, accepted)
    except Exception as error:
        code, message = explain(error)
        Console(stderr=True).print(
            message, style="red", markup=False, highlight=False, soft_wrap=True
        )
        return code
    return ExitCode.PUSHED if report and report.pushed_to else ExitCode.NOT_BLESSED


def check_data(paths: Sequence[str]) -> None:
    """Looks for local data paths before TFX is loaded to look closer.

    Raises:
      ConfigError: if nothing is at one of them.
    """
    for path in paths:
        pattern = span_paths.of_any_span(path)
        if "://" not in path and not Path(path).exists() and not glob.glob(pattern):  # noqa: PTH207
            raise ConfigError(
                "data: expected a folder, a glob or an archive of UTKFace files; "
                f"{path} is not there"
            )
