"""`utkface predict`: what the last pushed model says of pictures."""

import json
from collections.abc import Mapping
from pathlib import Path

import click

from pipeline.cli.options import root_option
from pipeline.config import ConfigError, load_config


@click.command()
@click.argument(
    "images",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@root_option
@click.option(
    "--config",
    "config_path",
    help="A YAML file with settings; `prediction` and `ingest.pictures` count.",
)
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Such as prediction.min_gender_certainty=0.8, to keep back what is less certain.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one object an image.")
def predict(
    images: tuple[Path, ...],
    root: Path,
    config_path: str | None,
    overrides: tuple[str, ...],
    as_json: bool,
) -> None:
    """Tells age, gender and race on each IMAGE, with the model that was pushed last."""
    try:
        # It asks about pictures that are named, and not about data.
        config = load_config(config_path, overrides=overrides, data="none")
    except ConfigError as error:
        raise click.UsageError(str(error)) from None
    from pipeline.prediction import load_images, predict_images
    from pipeline.served_versions import newest_whole_version

    try:
        version = newest_whole_version(root)
        contents = load_images(images, config.ingest.pictures)
    except (ValueError, OSError) as error:
        raise click.UsageError(str(error)) from None
    for warning in version.warnings:
        click.echo(warning, err=True)
    predictions = predict_images(version.folder, contents, config.prediction)
    if as_json:
        rows = [
            {"image": str(path), **prediction.to_dict()}
            for path, prediction in zip(images, predictions, strict=True)
        ]
        click.echo(json.dumps(rows, indent=2))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table("age", "gender", "race", "image", box=box.SIMPLE_HEAD, pad_edge=False)
    for path, prediction in zip(images, predictions, strict=True):
        table.add_row(
            str(prediction.age),
            _say(prediction.gender, prediction.gender_probabilities),
            _say(prediction.race, prediction.race_probabilities),
            path.name,
        )
    Console().print(table)
    click.echo(f"model {version.folder}")


def _say(word: str | None, probabilities: Mapping[str, float]) -> str:
    return f"{word or 'unsure'} ({max(probabilities.values()):.0%})"
