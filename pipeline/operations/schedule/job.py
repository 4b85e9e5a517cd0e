"""The command that a schedule on this machine runs."""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from components.errors import InputError
from components.ingest.sources import span_paths
from components.storage import files
from pipeline.operations.schedule.scheduler import Schedule
from pipeline.operations.schedule.timing import Timing
from pipeline.root.place import check_root_outside_data
from pipeline.settings.config import PipelineConfig

_LOG = "retrain.log"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class Job:
    """A scheduled command.

    Attributes:
      name: the name of the schedule.
      timing: when the command runs.
      folder: the working directory, so that relative paths in the settings keep their meaning.
      command: a program and its arguments, with absolute paths.
      log: the file that the output of the command is appended to.
    """

    name: str
    timing: Timing
    folder: Path
    command: tuple[str, ...]
    log: Path


def make_job(schedule: Schedule) -> Job:
    """Returns a job that runs `utkface retrain` as it would run here and now.

    The job names the settings file: the next run uses a changed file.

    Raises:
      InputError: if `utkface retrain` would refuse the settings, the data contains the root, or
        a secret is among the overrides.
    """
    config, root = schedule.config, schedule.root
    check_retraining(config)
    check_root_outside_data(config.root, config.data)
    program = Path(sys.executable).with_name("utkface")
    if not program.is_file():
        raise InputError(
            f"{program}: expected this project's command beside its Python; it is not installed "
            "there. Install the project with pip."
        )
    if any(one.partition("=")[0].strip().startswith("notify") for one in schedule.overrides):
        raise InputError(
            "--set notify...: expected it in the --config file: what a schedule runs can be read "
            "by all who use this machine."
        )
    command = [str(program), "retrain"]
    if schedule.data:
        for path in config.data:
            command += ["--data", path]
    if root is not None or "root" not in config.model_fields_set:
        command += ["--root", config.root]
    if schedule.config_path is not None:
        command += ["--config", str(Path(schedule.config_path).expanduser().absolute())]
    for override in schedule.overrides:
        command += ["--set", override]
    log = Path(config.root, _LOG)
    job = Job(schedule.name, schedule.timing, Path.cwd(), tuple(command), log)
    _check_lines(job)
    return job


def _check_lines(job: Job) -> None:
    """Raises InputError for text that would end its line in a unit or a crontab."""
    for text in (str(job.folder), str(job.log), *job.command):
        if _CONTROL.search(text):
            raise InputError(
                f"{text!r}: expected paths and settings of one line, without control characters: "
                "each is a part of a line of what keeps the schedule."
            )


def check_retraining(config: PipelineConfig) -> None:
    """Raises InputError if `utkface retrain` would refuse the settings for any data."""
    if config.span is not None:
        raise InputError("span: expected none: a schedule takes the newest span that is whole")
    for path in config.data:
        if not span_paths.has_spans(path):
            raise InputError(
                f"{path}: expected {{SPAN}}, or {{YYYY}}, {{MM}} and {{DD}}, in the data path: a "
                "retraining takes one span after the other."
            )
        if files.is_remote(path) and config.retrain.complete_when is None:
            raise InputError(
                f"{path}: expected retrain.complete_when, a path that is there once a span is "
                "whole: the age of a file on an object store is not looked at."
            )
