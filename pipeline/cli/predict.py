"""`utkface predict`: predictions of the last pushed model for images."""

import csv
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from components.errors import InputError
from pipeline.cli.options import root_option
from pipeline.console.exit_codes import ExitCode
from pipeline.console.terminal import echo
from pipeline.settings.config import ConfigError, load_config
from trainer.tasks import CLASSES, TASKS, Task

if TYPE_CHECKING:
    from pipeline.tools.prediction.prediction import Answer, Prediction

_NAMES = [task.name for task in TASKS]
_LISTED = f"{', '.join(_NAMES[:-1])} and {_NAMES[-1]}"
_EXAMPLE = f"prediction.min_{next(iter(CLASSES))}_certainty=0.8"


@click.command(
    help=f"""Predict {_LISTED} for each IMAGE, with the model that was pushed last.

    An IMAGE is an image file, a folder, a glob, or a .tar, .tar.gz, .tgz or .zip archive; `-`
    reads one image from standard input. A file that cannot be used has a row with the reason.

    Exit codes: 0 every image has a prediction; 2 at least one has none, or bad usage.
    """
)
@click.argument("images", nargs=-1, required=True, metavar="IMAGE...")
@root_option
@click.option(
    "--config", "config_path", help="YAML file with settings. `prediction` and `ingest` are used."
)
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help=f"Override a setting, e.g. {_EXAMPLE} to report less certain predictions as unsure. "
    "Repeatable.",
)
@click.option(
    "--json", "form", flag_value="json", help="Print JSON, an array with an object for each image."
)
@click.option("--csv", "form", flag_value="csv", help="Print CSV, a row for each image.")
@click.pass_context
def predict(
    context: click.Context,
    images: tuple[str, ...],
    root: Path,
    config_path: str | None,
    overrides: tuple[str, ...],
    form: str | None,
) -> None:
    try:
        # The images are named on the command line, so the data path is unused.
        config = load_config(config_path, overrides=overrides, data="none")
    except ConfigError as error:
        raise click.UsageError(str(error)) from None
    from pipeline.root.served_versions import newest_whole_version
    from pipeline.tools.prediction.picture_files import read_pictures
    from pipeline.tools.prediction.prediction import predict_files

    try:
        version = newest_whole_version(root)
    except (InputError, OSError) as error:
        raise click.UsageError(str(error)) from None
    for warning in version.warnings:
        echo(warning, err=True)
    files = read_pictures(images, config.ingest)
    answers = list(predict_files(version.folder, files, config.prediction))
    if form == "json":
        click.echo(json.dumps([answer.to_dict() for answer in answers], indent=2))
    elif form == "csv":
        _print_csv(answers)
    else:
        _print_table(answers)
        echo(f"model {version.folder}")
    unused = sum(answer.prediction is None for answer in answers)
    if unused:
        echo(f"Error: {unused:,} of {len(answers):,} files cannot be used.", err=True)
        context.exit(ExitCode.BAD_INPUT)


def _print_csv(answers: Iterable["Answer"]) -> None:
    classes = [(task.name, word) for task in TASKS for word in task.classes]
    words = ["image", *_NAMES, *(word for _, word in classes), "error"]
    # The task distinguishes a class with the name of another column.
    columns = [word if words.count(word) == 1 else f"{name}_{word}" for name, word in classes]
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("image", *_NAMES, *columns, "error"))
    for answer in answers:
        found = answer.prediction
        if found is None:
            empty = ("",) * (len(_NAMES) + len(columns))
            writer.writerow((answer.path, *empty, answer.reason))
            continue
        numbers = (f"{found.probabilities[name][word]:.6f}" for name, word in classes)
        writer.writerow((answer.path, *found.values.values(), *numbers, ""))
    # A full disk at exit would be reported without our message.
    sys.stdout.flush()


def _print_table(answers: Iterable["Answer"]) -> None:
    from pipeline.cli.tables import print_table

    print_table((*_NAMES, "image"), map(_row, answers))


def _row(answer: "Answer") -> tuple[str, ...]:
    found = answer.prediction
    if found is None:
        return (*("-" for _ in TASKS), f"{answer.path}: {answer.reason}")
    return (*(_say(task, found) for task in TASKS), answer.path)


def _say(task: Task, found: "Prediction") -> str:
    """Returns the number of a regression, or a class with its probability."""
    value = found.values[task.name]
    if not task.classes:
        return str(value)
    return f"{value or 'unsure'} ({max(found.probabilities[task.name].values()):.0%})"
