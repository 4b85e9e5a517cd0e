"""`utkface predict`: what the last pushed model says of pictures."""

import csv
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from components.errors import InputError
from pipeline.cli.options import root_option
from pipeline.config import ConfigError, load_config
from pipeline.exit_codes import ExitCode
from pipeline.terminal import echo

if TYPE_CHECKING:
    from pipeline.prediction import Answer


@click.command()
@click.argument("images", nargs=-1, required=True, metavar="IMAGE...")
@root_option
@click.option(
    "--config", "config_path", help="A YAML file with settings; `prediction` and `ingest` count."
)
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Such as prediction.min_gender_certainty=0.8, to keep back what is less certain.",
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
    """Predicts age, gender and race for each IMAGE, with the model that was pushed last.

    An IMAGE is a picture file, a folder, a glob, or a .tar, .tar.gz, .tgz or .zip archive; `-`
    reads one picture from standard input. A file that cannot be used has a row with the reason.

    Exit codes: 0 all pictures have an answer; 2 at least one has none, or bad usage.
    """
    try:
        # It asks about pictures that are named, and not about data.
        config = load_config(config_path, overrides=overrides, data="none")
    except ConfigError as error:
        raise click.UsageError(str(error)) from None
    from pipeline.picture_files import read_pictures
    from pipeline.prediction import predict_files
    from pipeline.served_versions import newest_whole_version

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
    from trainer.features import GENDERS, RACES

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("image", "age", "gender", "race", *GENDERS, *RACES, "error"))
    empty = ("",) * (3 + len(GENDERS) + len(RACES))
    for answer in answers:
        found = answer.prediction
        if found is None:
            writer.writerow((answer.path, *empty, answer.reason))
            continue
        probabilities = {**found.gender_probabilities, **found.race_probabilities}
        numbers = (f"{probabilities[word]:.6f}" for word in (*GENDERS, *RACES))
        writer.writerow((answer.path, found.age, found.gender, found.race, *numbers, ""))
    # Later, at the end of the process, a full disk would be told with no word of ours.
    sys.stdout.flush()


def _print_table(answers: Iterable["Answer"]) -> None:
    from pipeline.cli.tables import print_table

    print_table(("age", "gender", "race", "image"), map(_row, answers))


def _row(answer: "Answer") -> tuple[str, str, str, str]:
    found = answer.prediction
    if found is None:
        return "-", "-", "-", f"{answer.path}: {answer.reason}"
    return (
        str(found.age),
        _say(found.gender, found.gender_probabilities),
        _say(found.race, found.race_probabilities),
        answer.path,
    )


def _say(word: str | None, probabilities: Mapping[str, float]) -> str:
    return f"{word or 'unsure'} ({max(probabilities.values()):.0%})"
