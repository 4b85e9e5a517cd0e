"""`utkface predict`: what the last pushed model says of pictures."""

import json
from pathlib import Path

import click


@click.command()
@click.argument(
    "images",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option(
    "--root",
    default="utkface-root",
    show_default=True,
    type=click.Path(path_type=Path),
    help="The folder that runs share.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one object an image.")
def predict(images: tuple[Path, ...], root: Path, as_json: bool) -> None:
    """Tells age, gender and race on each IMAGE, with the model that was pushed last."""
    from pipeline.layout import RootLayout
    from pipeline.prediction import load_images, predict_images

    try:
        model = RootLayout(root).latest_model()
        contents = load_images(images)
    except (ValueError, OSError) as error:
        raise click.UsageError(str(error)) from None
    predictions = predict_images(model, contents)
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
        gender, race = prediction.gender, prediction.race
        table.add_row(
            str(prediction.age),
            f"{gender} ({prediction.gender_probabilities[gender]:.0%})",
            f"{race} ({prediction.race_probabilities[race]:.0%})",
            path.name,
        )
    Console().print(table)
    click.echo(f"model {model}")
