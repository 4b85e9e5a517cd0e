"""`utkface predict`: predictions of the last pushed model for images."""

import contextlib
import csv
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from components.html.words import listed
from pipeline.cli.commands import command
from pipeline.cli.options import root_option, set_option, usage_errors
from pipeline.cli.tables import print_table
from pipeline.console.exit_codes import ExitCode
from pipeline.console.terminal import echo
from pipeline.root.served_versions import served_version
from pipeline.settings.config import load_config
from trainer.tasks import CLASSES, TASKS, Task

if TYPE_CHECKING:
    from pipeline.tools.prediction.prediction import ImageResult, Prediction

_NAMES = [task.name for task in TASKS]
_EXAMPLE = f"prediction.min_{next(iter(CLASSES))}_certainty=0.8"


@command(
    help=f"""Predict {listed(_NAMES)} for each IMAGE, with the model that is served.

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
@set_option(f"{_EXAMPLE} to report less certain predictions as unsure")
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
    # The images are named on the command line, so the data path is unused.
    config = load_config(config_path, overrides=overrides, data="none")
    from pipeline.tools.prediction.image_files import read_images
    from pipeline.tools.prediction.prediction import predict_files

    with contextlib.ExitStack() as stack:
        with usage_errors(OSError):
            version = stack.enter_context(served_version(root))
        for warning in version.warnings:
            echo(warning, err=True)
        files = read_images(images, config.ingest)
        results = list(predict_files(version.files, files, config.prediction))
    if form == "json":
        click.echo(json.dumps([result.to_dict() for result in results], indent=2))
    elif form == "csv":
        _print_csv(results)
    else:
        _print_table(results)
        echo(f"model {version.folder}")
    unused = sum(result.prediction is None for result in results)
    if unused:
        echo(f"Error: {unused:,} of {len(results):,} files cannot be used.", err=True)
        context.exit(ExitCode.BAD_INPUT)


def _print_csv(results: Iterable["ImageResult"]) -> None:
    classes = [(task.name, word) for task in TASKS for word in task.classes]
    words = ["image", *_NAMES, *(word for _, word in classes), "error"]
    # The task distinguishes a class with the name of another column.
    columns = [word if words.count(word) == 1 else f"{name}_{word}" for name, word in classes]
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("image", *_NAMES, *columns, "error"))
    for result in results:
        prediction = result.prediction
        if prediction is None:
            empty = ("",) * (len(_NAMES) + len(columns))
            writer.writerow((result.path, *empty, result.reason))
            continue
        numbers = (f"{prediction.probabilities[name][word]:.6f}" for name, word in classes)
        writer.writerow((result.path, *prediction.values.values(), *numbers, ""))
    # A full disk at exit would be reported without our message.
    sys.stdout.flush()


def _print_table(results: Iterable["ImageResult"]) -> None:
    print_table((*_NAMES, "image"), map(_row, results))


def _row(result: "ImageResult") -> tuple[str, ...]:
    prediction = result.prediction
    if prediction is None:
        return (*("-" for _ in TASKS), f"{result.path}: {result.reason}")
    return (*(_format_value(task, prediction) for task in TASKS), result.path)


def _format_value(task: Task, prediction: "Prediction") -> str:
    """Returns the number of a regression, or a class with its probability."""
    value = prediction.values[task.name]
    if not task.classes:
        return str(value)
    return f"{value or 'unsure'} ({max(prediction.probabilities[task.name].values()):.0%})"
